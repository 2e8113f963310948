import type { VectorBuilder } from '../../../columnar/builder.ts'
import { stringType } from '../../../columnar/data-type.ts'
import { BytesReader } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { charBytes, codePointAt, skipCharsBack } from '../../utf8.ts'
import { signature } from '../define.ts'
import { textKernel, textMap } from './text-kernels.ts'

type Side = 'both' | 'left' | 'right'

/** Without an argument only the space U+0020 goes; tabs and line ends stay. */
function spacesKernel(side: Side): Kernel {
  return textMap((source, index, out) => {
    const { bytes, offsets } = source
    let start = offsets[index]
    let end = offsets[index + 1]
    if (side !== 'right') while (start < end && bytes[start] === 32) start++
    if (side !== 'left') while (end > start && bytes[end - 1] === 32) end--
    out.appendBytes(bytes, start, end)
  })
}

/** With a set of characters, every one of them goes. The set is read once per distinct text of it. */
function setKernel(side: Side, textAt: 0 | 1): Kernel {
  return textKernel(args => {
    const text = new BytesReader(args[textAt])
    const set = new BytesReader(args[1 - textAt])
    let known = -1
    let members = new Set<number>()
    return (out: VectorBuilder, i: number) => {
      const which = set.index(i)
      if (which !== known) {
        known = which
        members = codePoints(set.bytes, set.offsets[which], set.offsets[which + 1])
      }
      const { bytes } = text
      let start = text.start(i)
      let end = text.end(i)
      if (side !== 'right') while (start < end && members.has(codePointAt(bytes, start))) start += charBytes(bytes[start])
      if (side !== 'left') {
        while (end > start) {
          const last = skipCharsBack(bytes, start, end, 1)
          if (!members.has(codePointAt(bytes, last))) break
          end = last
        }
      }
      out.appendBytes(bytes, start, end)
    }
  })
}

function codePoints(bytes: Uint8Array, start: number, end: number): Set<number> {
  const members = new Set<number>()
  for (let at = start; at < end; at += charBytes(bytes[at])) members.add(codePointAt(bytes, at))
  return members
}

/** `textAt`: which argument is the text when there are two (trim, ltrim and rtrim take the set first, btrim last). */
function trimming(name: string, side: Side, textAt: 0 | 1, doc: string): FunctionEntry {
  const spaces = spacesKernel(side)
  const set = setKernel(side, textAt)
  return {
    name,
    arity: [1, 2],
    usage: textAt === 0 ? `${name}(text: string[, characters: string]) -> string` : `${name}([characters: string, ]text: string) -> string`,
    doc,
    safe: true,
    resolve: args =>
      args.length === 1 ? signature([stringType], stringType, spaces) : signature([stringType, stringType], stringType, set),
  }
}

export const trimFunctions: readonly FunctionEntry[] = [
  trimming('trim', 'both', 1, 'The text without spaces (or any of the given characters) at both ends.'),
  trimming('ltrim', 'left', 1, 'The text without spaces (or any of the given characters) at its start.'),
  trimming('rtrim', 'right', 1, 'The text without spaces (or any of the given characters) at its end.'),
  trimming('btrim', 'both', 0, 'The text without spaces (or any of the given characters) at both ends.'),
]
