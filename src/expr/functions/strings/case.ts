import type { VectorBuilder } from '../../../columnar/builder.ts'
import { stringType } from '../../../columnar/data-type.ts'
import { type BytesReader, dictionaryVector, Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { isAscii } from '../../utf8.ts'
import { fixed } from '../define.ts'
import { textMap } from './text-kernels.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Full Unicode case mapping (ß becomes SS). Text of ASCII alone is mapped byte by byte, the whole column at once, since no
 * value changes its length.
 */
function caseKernel(first: number, last: number, flip: number, full: (text: string) => string): Kernel {
  const mixed = textMap((source, index, out) => {
    out.appendString(full(decoder.decode(source.bytes.subarray(source.offsets[index], source.offsets[index + 1]))))
  })
  const ascii = (v: Vector): Vector | null => {
    const bytes = v.values as Uint8Array
    const offsets = v.offsets as Int32Array
    const start = offsets[0]
    const end = offsets[v.length]
    if (!isAscii(bytes, start, end)) return null
    const mapped = bytes.slice(start, end)
    for (let i = 0; i < mapped.length; i++) if (mapped[i] >= first && mapped[i] <= last) mapped[i] ^= flip
    return new Vector(v.type, v.length, v.validity, mapped, start === 0 ? offsets : offsets.map(at => at - start))
  }
  return (args, length, validity, context) => {
    const [a] = args
    if (a.dictionary === null) {
      const mapped = ascii(a)
      if (mapped !== null) return mapped
    } else if (a.dictionary.length < length) {
      const mapped = ascii(a.dictionary)
      if (mapped !== null) return dictionaryVector(a.values as Int32Array, mapped, length, validity)
    }
    return mixed(args, length, validity, context)
  }
}

/** Letters whose title case is neither their upper nor their lower case. */
const titles: ReadonlyMap<string, string> = new Map([
  ['Ǆ', 'ǅ'], ['ǅ', 'ǅ'], ['ǆ', 'ǅ'], ['Ǉ', 'ǈ'], ['ǈ', 'ǈ'], ['ǉ', 'ǈ'], ['Ǌ', 'ǋ'], ['ǋ', 'ǋ'], ['ǌ', 'ǋ'], ['Ǳ', 'ǲ'], ['ǲ', 'ǲ'], ['ǳ', 'ǲ'],
])

function titleLetter(letter: string): string {
  const known = titles.get(letter)
  if (known !== undefined) return known
  const [head, ...rest] = letter.toUpperCase()
  return rest.length === 0 ? head : head + rest.join('').toLowerCase()
}

/** Words end at a space only: a tab or a hyphen starts none. */
function initCap(text: string): string {
  return text
    .split(' ')
    .map(word => {
      if (word === '') return word
      const letter = String.fromCodePoint(word.codePointAt(0) as number)
      return titleLetter(letter) + word.slice(letter.length).toLowerCase()
    })
    .join(' ')
}

function appendReversed(source: BytesReader, index: number, out: VectorBuilder): void {
  const start = source.offsets[index]
  const end = source.offsets[index + 1]
  if (isAscii(source.bytes, start, end)) {
    const turned = source.bytes.slice(start, end).reverse()
    out.appendBytes(turned, 0, turned.length)
  } else out.appendString([...decoder.decode(source.bytes.subarray(start, end))].reverse().join(''))
}

export const reverseTextKernel: Kernel = textMap(appendReversed)

export const caseFunctions: readonly FunctionEntry[] = [
  fixed({
    name: 'upper',
    aliases: ['ucase'],
    args: [stringType],
    result: stringType,
    usage: 'upper(text: string) -> string',
    doc: 'The text in upper case, by Unicode\'s full mapping.',
    safe: true,
    kernel: caseKernel(97, 122, 32, text => text.toUpperCase()),
  }),
  fixed({
    name: 'lower',
    aliases: ['lcase'],
    args: [stringType],
    result: stringType,
    usage: 'lower(text: string) -> string',
    doc: 'The text in lower case, by Unicode\'s full mapping.',
    safe: true,
    kernel: caseKernel(65, 90, 32, text => text.toLowerCase()),
  }),
  fixed({
    name: 'initcap',
    args: [stringType],
    result: stringType,
    usage: 'initcap(text: string) -> string',
    doc: 'The first letter after each space in title case, all others in lower case.',
    safe: true,
    kernel: textMap((source, index, out) => {
      out.appendString(initCap(decoder.decode(source.bytes.subarray(source.offsets[index], source.offsets[index + 1]))))
    }),
  }),
]
