import { int32Type, stringType } from '../../../columnar/data-type.ts'
import { BytesReader } from '../../../columnar/vector.ts'
import { ByteScratch } from '../../byte-scratch.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { countChars, skipChars } from '../../utf8.ts'
import { fixed } from '../define.ts'
import { checkSize, textKernel } from './text-kernels.ts'

const oneSpace = new Uint8Array([32])

/** Fills up to `width` characters; a longer text is cut to it. An empty pad cannot fill. */
function padKernel(name: string, side: 'left' | 'right'): Kernel {
  return textKernel(args => {
    const text = new BytesReader(args[0])
    const widths = args[1].values as Int32Array
    const pad = args.length > 2 ? new BytesReader(args[2]) : null
    const row = new ByteScratch()
    return (out, i) => {
      const { bytes } = text
      const start = text.start(i)
      const end = text.end(i)
      const width = Math.max(0, widths[i])
      const padBytes = pad === null ? oneSpace : pad.bytes
      const padStart = pad === null ? 0 : pad.start(i)
      const padEnd = pad === null ? 1 : pad.end(i)
      const missing = padStart === padEnd ? 0 : width - countChars(bytes, start, end)
      if (missing <= 0) {
        out.appendBytes(bytes, start, skipChars(bytes, start, end, width))
        return
      }
      checkSize(name, out, missing)
      if (side === 'right') row.add(bytes, start, end)
      const padChars = countChars(padBytes, padStart, padEnd)
      for (let n = Math.floor(missing / padChars); n > 0; n--) row.add(padBytes, padStart, padEnd)
      row.add(padBytes, padStart, skipChars(padBytes, padStart, padEnd, missing % padChars))
      if (side === 'left') row.add(bytes, start, end)
      row.flush(out)
    }
  })
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
  fixed({
    name: 'lpad',
    args: [stringType, int32Type, stringType],
    required: 2,
    result: stringType,
    usage: 'lpad(text: string, width: int[, pad: string]) -> string',
    doc: 'The text filled on the left to a width in characters, or cut to it.',
    kernel: padKernel('lpad', 'left'),
  }),
  fixed({
    name: 'rpad',
    args: [stringType, int32Type, stringType],
    required: 2,
    result: stringType,
    usage: 'rpad(text: string, width: int[, pad: string]) -> string',
    doc: 'The text filled on the right to a width in characters, or cut to it.',
    kernel: padKernel('rpad', 'right'),
  }),
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
