import { binaryType, booleanType, type DataType, int32Type, stringType } from '../../../columnar/data-type.ts'
import { BytesReader, isNullAt, Vector } from '../../../columnar/vector.ts'
import { newBitmap, setBit } from '../../../columnar/bitmap.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { bytesAt, countChars, indexOfBytes, skipChars } from '../../utf8.ts'
import { booleanRows, fixed, isPresent, signature } from '../define.ts'

type ByteTest = (bytes: Uint8Array, start: number, end: number, needle: Uint8Array, from: number, to: number) => boolean

function testKernel(test: ByteTest): Kernel {
  return ([a, b], length, validity) => {
    const text = new BytesReader(a)
    const needle = new BytesReader(b)
    return booleanRows(length, validity, i => test(text.bytes, text.start(i), text.end(i), needle.bytes, needle.start(i), needle.end(i)))
  }
}

const contains: ByteTest = (bytes, start, end, needle, from, to) => indexOfBytes(bytes, start, end, needle, from, to) >= 0
const startsWith: ByteTest = (bytes, start, end, needle, from, to) => end - start >= to - from && bytesAt(bytes, start, needle, from, to)
const endsWith: ByteTest = (bytes, start, end, needle, from, to) => end - start >= to - from && bytesAt(bytes, end - (to - from), needle, from, to)

function byteTest(name: string, test: ByteTest, doc: string): FunctionEntry {
  const kernel = testKernel(test)
  return {
    name,
    arity: [2, 2],
    usage: `${name}(value: string | binary, part: string | binary) -> boolean`,
    doc,
    safe: true,
    resolve: args => {
      const type: DataType = args.every(a => a.type.kind === 'binary') ? binaryType : stringType
      return signature([type, type], booleanType, kernel)
    },
  }
}

/** Position in characters from 1 on, 0 where there is none. An empty needle is found at 1. */
function position(text: BytesReader, needle: BytesReader, i: number, from: number): number {
  const start = text.start(i)
  const end = text.end(i)
  if (needle.start(i) === needle.end(i)) return 1
  const at = indexOfBytes(text.bytes, skipChars(text.bytes, start, end, from - 1), end, needle.bytes, needle.start(i), needle.end(i))
  return at < 0 ? 0 : countChars(text.bytes, start, at) + 1
}

const instrKernel: Kernel = ([texts, needles], length, validity) => {
  const text = new BytesReader(texts)
  const needle = new BytesReader(needles)
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) if (isPresent(validity, i)) out[i] = position(text, needle, i, 1)
  return new Vector(int32Type, length, validity, out)
}

/** With a start position: null there gives 0, not null; a start below 1 gives 0. */
const locateFromKernel: Kernel = ([needles, texts, starts], length) => {
  const text = new BytesReader(texts)
  const needle = new BytesReader(needles)
  const from = starts.values as Int32Array
  const out = new Int32Array(length)
  const present = newBitmap(length, false)
  for (let i = 0; i < length; i++) {
    const unknownStart = isNullAt(starts, i)
    if (!unknownStart && (isNullAt(texts, i) || isNullAt(needles, i))) continue
    setBit(present, i)
    if (!unknownStart && from[i] >= 1) out[i] = position(text, needle, i, from[i])
  }
  return new Vector(int32Type, length, present, out)
}

export const searchFunctions: readonly FunctionEntry[] = [
  byteTest('contains', contains, 'Whether the second value stands somewhere in the first.'),
  byteTest('startswith', startsWith, 'Whether the first value begins with the second.'),
  byteTest('endswith', endsWith, 'Whether the first value ends with the second.'),
  fixed({
    name: 'instr',
    args: [stringType, stringType],
    result: int32Type,
    usage: 'instr(text: string, part: string) -> int',
    doc: 'The position (from 1) of the first occurrence of a part, 0 where there is none.',
    safe: true,
    kernel: instrKernel,
  }),
  {
    name: 'locate',
    aliases: ['position'],
    arity: [2, 3],
    usage: 'locate(part: string, text: string[, start: int]) -> int',
    doc: 'The position (from 1) of the first occurrence of a part at or after a start, 0 where there is none.',
    nulls: 'own',
    safe: true,
    rewrite: ([part, text, start]) => (start === undefined ? { kind: 'call', name: 'instr', args: [text, part] } : undefined),
    resolve: () => signature([stringType, stringType, int32Type], int32Type, locateFromKernel, true),
  },
]
