import { int32Type, stringType } from '../../../columnar/data-type.ts'
import { BytesReader } from '../../../columnar/vector.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { indexOfBytes } from '../../utf8.ts'
import { fixed, rowFunction } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { overlay } from './overlay.ts'
import { checkSize, textKernel } from './text-kernels.ts'

/** Every occurrence from left to right; an empty search text changes nothing. */
const replaceKernel = textKernel(args => {
  const text = new BytesReader(args[0])
  const search = new BytesReader(args[1])
  const replacement = args.length > 2 ? new BytesReader(args[2]) : null
  let row = new Uint8Array(256)
  return (out, i) => {
    const { bytes } = text
    const end = text.end(i)
    const from = search.start(i)
    const to = search.end(i)
    let at = text.start(i)
    let found = from === to ? -1 : indexOfBytes(bytes, at, end, search.bytes, from, to)
    if (found < 0) {
      out.appendBytes(bytes, at, end)
      return
    }
    const withStart = replacement === null ? 0 : replacement.start(i)
    const withEnd = replacement === null ? 0 : replacement.end(i)
    const total = end - at + occurrences(bytes, found, end, search.bytes, from, to) * (withEnd - withStart - (to - from))
    checkSize('replace', out, total)
    if (total > row.length) row = new Uint8Array(total * 2)
    let size = 0
    for (; found >= 0; found = indexOfBytes(bytes, at, end, search.bytes, from, to)) {
      for (; at < found; at++) row[size++] = bytes[at]
      if (replacement !== null) for (let k = withStart; k < withEnd; k++) row[size++] = replacement.bytes[k]
      at = found + to - from
    }
    for (; at < end; at++) row[size++] = bytes[at]
    out.appendBytes(row, 0, size)
  }
})

/** How often the needle stands in bytes[first, end), where it is known to stand at `first`. */
function occurrences(bytes: Uint8Array, first: number, end: number, needle: Uint8Array, from: number, to: number): number {
  let n = 0
  for (let at = first; at >= 0; at = indexOfBytes(bytes, at + to - from, end, needle, from, to)) n++
  return n
}

/** Character by character: the n-th of `from` becomes the n-th of `to`, or nothing where `to` is shorter; the first mapping counts. */
function translate(text: string, from: string, to: string): string {
  const targets = [...to]
  const map = new Map<string, string>()
  let k = 0
  for (const c of from) {
    if (!map.has(c)) map.set(c, targets[k] ?? '')
    k++
  }
  let out = ''
  for (const c of text) out += map.get(c) ?? c
  return out
}

function splitPart(text: string, delimiter: string, part: number): string {
  if (part === 0) throw invalidArgument('split_part', 'part 0', 'Parts count from 1, or from −1 at the end.', 'INVALID_INDEX_OF_ZERO')
  const parts = delimiter === '' ? [text] : text.split(delimiter)
  return parts.at(part > 0 ? part - 1 : part) ?? ''
}

export const replaceFunctions: readonly FunctionEntry[] = [
  fixed({
    name: 'replace',
    args: [stringType, stringType, stringType],
    required: 2,
    result: stringType,
    usage: 'replace(text: string, search: string[, replacement: string]) -> string',
    doc: 'The text with every occurrence of a search text replaced, or taken out.',
    kernel: replaceKernel,
  }),
  rowFunction({
    name: 'translate',
    args: [stringType, stringType, stringType],
    result: stringType,
    usage: 'translate(text: string, from: string, to: string) -> string',
    doc: 'Replaces each character of `from` by the one at the same place of `to`, or takes it out.',
    safe: true,
    row: translate,
  }),
  overlay,
  rowFunction({
    name: 'split_part',
    args: [stringType, stringType, int32Type],
    result: stringType,
    usage: 'split_part(text: string, delimiter: string, part: int) -> string',
    doc: 'The part-th piece between delimiters, from the end for a negative part; empty where there is none.',
    row: splitPart,
  }),
]
