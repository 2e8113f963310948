import { binaryType, type DataType, int32Type, stringType } from '../../../columnar/data-type.ts'
import { BytesReader } from '../../../columnar/vector.ts'
import { ByteScratch } from '../../byte-scratch.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { countChars, skipChars } from '../../utf8.ts'
import { fixed, signature } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { checkSize, textKernel } from './text-kernels.ts'

/** How the units of a value (characters of text, bytes of a binary value) are counted, and what fills without a pad. */
interface Units {
  readonly type: DataType
  readonly fill: Uint8Array
  readonly count: (bytes: Uint8Array, start: number, end: number) => number
  readonly skip: (bytes: Uint8Array, start: number, end: number, count: number) => number
  readonly least: number
}

const characters: Units = { type: stringType, fill: Uint8Array.of(32), count: countChars, skip: skipChars, least: -Infinity }
/** A width below zero is an error for bytes, as it is in Spark; text is cut to nothing. */
const bytes: Units = { type: binaryType, fill: Uint8Array.of(0), count: (_, start, end) => end - start, skip: (_, start, end, n) => Math.min(end, start + n), least: 0 }

/** Fills up to `width` units; a longer value is cut to it. An empty pad cannot fill. */
function padKernel(name: string, side: 'left' | 'right', units: Units): Kernel {
  return textKernel(args => {
    const value = new BytesReader(args[0])
    const widths = args[1].values as Int32Array
    const pad = args.length > 2 ? new BytesReader(args[2]) : null
    const row = new ByteScratch()
    return (out, i) => {
      const start = value.start(i)
      const end = value.end(i)
      if (widths[i] < units.least) throw invalidArgument(name, `the width ${widths[i]} for a binary value`, 'Ask for a width of 0 or more.', 'INVALID_PARAMETER_VALUE')
      const width = Math.max(0, widths[i])
      const padBytes = pad === null ? units.fill : pad.bytes
      const padStart = pad === null ? 0 : pad.start(i)
      const padEnd = pad === null ? 1 : pad.end(i)
      const missing = padStart === padEnd ? 0 : width - units.count(value.bytes, start, end)
      if (missing <= 0) {
        out.appendBytes(value.bytes, start, units.skip(value.bytes, start, end, width))
        return
      }
      checkSize(name, out, missing)
      if (side === 'right') row.add(value.bytes, start, end)
      const padUnits = units.count(padBytes, padStart, padEnd)
      for (let n = Math.floor(missing / padUnits); n > 0; n--) row.add(padBytes, padStart, padEnd)
      row.add(padBytes, padStart, units.skip(padBytes, padStart, padEnd, missing % padUnits))
      if (side === 'left') row.add(value.bytes, start, end)
      row.flush(out)
    }
  }, units.type)
}

/** Bytes where the value and the pad are binary, else text. */
function padding(name: 'lpad' | 'rpad', side: 'left' | 'right', doc: string): FunctionEntry {
  const ofText = padKernel(name, side, characters)
  const ofBytes = padKernel(name, side, bytes)
  return {
    name,
    arity: [2, 3],
    usage: `${name}(value: string | binary, width: int[, pad: string | binary])`,
    doc,
    resolve: args => {
      const isBinary = args[0].type.kind === 'binary' && (args.length === 2 || args[2].type.kind === 'binary')
      const type = isBinary ? binaryType : stringType
      return signature([type, int32Type, type].slice(0, args.length), type, isBinary ? ofBytes : ofText)
    },
  }
}

const repeatKernel = textKernel(args => {
  const text = new BytesReader(args[0])
  const counts = args[1].values as Int32Array
  const row = new ByteScratch()
  return (out, i) => {
    const start = text.start(i)
    const end = text.end(i)
    const count = end === start ? 0 : Math.max(0, counts[i])
    checkSize('repeat', out, count * (end - start))
    for (let n = 0; n < count; n++) row.add(text.bytes, start, end)
    row.flush(out)
  }
})

const spaceKernel = textKernel(args => {
  const counts = args[0].values as Int32Array
  let spaces = new Uint8Array(64).fill(32)
  return (out, i) => {
    const count = Math.max(0, counts[i])
    checkSize('space', out, count)
    if (count > spaces.length) spaces = new Uint8Array(count * 2).fill(32)
    out.appendBytes(spaces, 0, count)
  }
})

export const padFunctions: readonly FunctionEntry[] = [
  padding('lpad', 'left', 'The value filled on the left to a width in characters (or bytes), or cut to it; spaces (or zeros) without a pad.'),
  padding('rpad', 'right', 'The value filled on the right to a width in characters (or bytes), or cut to it; spaces (or zeros) without a pad.'),
  fixed({
    name: 'repeat',
    args: [stringType, int32Type],
    result: stringType,
    usage: 'repeat(text: string, count: int) -> string',
    doc: 'The text several times over; empty for a count below 1.',
    kernel: repeatKernel,
  }),
  fixed({
    name: 'space',
    args: [int32Type],
    result: stringType,
    usage: 'space(count: int) -> string',
    doc: 'That many spaces; empty for a count below 1.',
    kernel: spaceKernel,
  }),
]
