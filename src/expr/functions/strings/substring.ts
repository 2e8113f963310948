import { binaryType, type DataType, int32Type, stringType } from '../../../columnar/data-type.ts'
import type { VectorBuilder } from '../../../columnar/builder.ts'
import { BytesReader, type Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel, ResolvedArgument, Signature } from '../../function-table.ts'
import { bytesAt, countChars, indexOfBytes, skipChars, skipCharsBack } from '../../utf8.ts'
import { fixed, signature } from '../define.ts'
import { textKernel } from './text-kernels.ts'

const noLimit = 2147483647

/**
 * Appends the characters of a piece of text by SQL's rules: positions count from 1 (0 is read as 1), a negative one
 * from the end; a start before the text uses up part of the length.
 */
export function appendSubstring(out: VectorBuilder, bytes: Uint8Array, start: number, end: number, position: number, length: number): void {
  let from = position > 0 ? position - 1 : 0
  if (position < 0) {
    const begin = skipCharsBack(bytes, start, end, -position)
    if (begin > start || countChars(bytes, start, end) >= -position) {
      out.appendBytes(bytes, begin, Math.max(begin, skipChars(bytes, begin, end, length)))
      return
    }
    from = countChars(bytes, start, end) + position
  }
  const until = from + length
  if (until <= from || until <= 0) {
    out.appendBytes(bytes, start, start)
    return
  }
  const begin = skipChars(bytes, start, end, Math.max(0, from))
  out.appendBytes(bytes, begin, skipChars(bytes, begin, end, until - Math.max(0, from)))
}

function appendSubBytes(out: VectorBuilder, bytes: Uint8Array, start: number, end: number, position: number, length: number): void {
  const size = end - start
  const from = position > 0 ? position - 1 : position < 0 ? size + position : 0
  const begin = Math.min(Math.max(from, 0), size)
  out.appendBytes(bytes, start + begin, start + Math.max(begin, Math.min(from + length, size)))
}

type Append = typeof appendSubstring

function substringKernel(append: Append, result: typeof stringType | typeof binaryType): Kernel {
  return textKernel(args => {
    const reader = new BytesReader(args[0])
    const position = args[1].values as Int32Array
    const count = args.length > 2 ? (args[2].values as Int32Array) : null
    return (out, i) => append(out, reader.bytes, reader.start(i), reader.end(i), position[i], count === null ? noLimit : count[i])
  }, result)
}

function substringSignature(args: readonly ResolvedArgument[]): Signature {
  const type = args[0].type.kind === 'binary' ? binaryType : stringType
  return signature([type, int32Type, int32Type].slice(0, args.length), type, substringKernel(type === binaryType ? appendSubBytes : appendSubstring, type))
}

/** A kernel of text and a count. */
function ends(append: (out: VectorBuilder, bytes: Uint8Array, start: number, end: number, count: number) => void, result: DataType = stringType): Kernel {
  return textKernel((args: readonly Vector[]) => {
    const reader = new BytesReader(args[0])
    const count = args[1].values as Int32Array
    return (out, i) => append(out, reader.bytes, reader.start(i), reader.end(i), count[i])
  }, result)
}

/**
 * The part before the count-th delimiter, or for a negative count after the count-th from the right. Delimiters may
 * overlap, as in Spark.
 */
function appendBeforeDelimiter(out: VectorBuilder, bytes: Uint8Array, start: number, end: number, delimiter: BytesReader, i: number, count: number): void {
  const from = delimiter.start(i)
  const to = delimiter.end(i)
  if (from === to || count === 0) {
    out.appendBytes(bytes, start, start)
    return
  }
  if (count > 0) {
    let at = start - 1
    for (let n = 0; n < count; n++) {
      at = indexOfBytes(bytes, at + 1, end, delimiter.bytes, from, to)
      if (at < 0) {
        out.appendBytes(bytes, start, end)
        return
      }
    }
    out.appendBytes(bytes, start, at)
    return
  }
  let at = end - (to - from) + 1
  for (let n = 0; n > count; n--) {
    at--
    while (at >= start && !bytesAt(bytes, at, delimiter.bytes, from, to)) at--
    if (at < start) {
      out.appendBytes(bytes, start, end)
      return
    }
  }
  out.appendBytes(bytes, at + to - from, end)
}

const substringIndexKernel = textKernel(args => {
  const text = new BytesReader(args[0])
  const delimiter = new BytesReader(args[1])
  const count = args[2].values as Int32Array
  return (out, i) => appendBeforeDelimiter(out, text.bytes, text.start(i), text.end(i), delimiter, i, count[i])
})

export const substringFunctions: readonly FunctionEntry[] = [
  {
    name: 'substring',
    aliases: ['substr'],
    arity: [2, 3],
    usage: 'substring(value: string | binary, position: int[, length: int])',
    doc: 'The characters from a position on (1 is the first, negative counts from the end), at most length of them.',
    safe: true,
    resolve: substringSignature,
  },
  {
    name: 'left',
    arity: [2, 2],
    usage: 'left(value: string | binary, count: int)',
    doc: 'The first characters of a text, or bytes of a binary value; none for a count below 1.',
    safe: true,
    resolve: ([value]) =>
      value.type.kind === 'binary'
        ? signature([binaryType, int32Type], binaryType, ends((out, bytes, start, end, count) => out.appendBytes(bytes, start, Math.min(end, start + Math.max(0, count))), binaryType))
        : signature([stringType, int32Type], stringType, ends((out, bytes, start, end, count) => out.appendBytes(bytes, start, skipChars(bytes, start, end, count)))),
  },
  fixed({
    name: 'right',
    args: [stringType, int32Type],
    result: stringType,
    usage: 'right(text: string, count: int) -> string',
    doc: 'The last characters of a text; none for a count below 1.',
    safe: true,
    kernel: ends((out, bytes, start, end, count) => out.appendBytes(bytes, skipCharsBack(bytes, start, end, count), end)),
  }),
  fixed({
    name: 'substring_index',
    args: [stringType, stringType, int32Type],
    result: stringType,
    usage: 'substring_index(text: string, delimiter: string, count: int) -> string',
    doc: 'The text before the count-th delimiter, or for a negative count after the count-th from the right; the whole text where there are fewer.',
    safe: true,
    kernel: substringIndexKernel,
  }),
]
