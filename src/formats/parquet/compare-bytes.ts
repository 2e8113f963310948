import type { BytesReader } from '../../columnar/vector.ts'

/** Order of two values as unsigned bytes, which for UTF-8 is the order of code points. */
export function compareBytes(reader: BytesReader, a: number, b: number): number {
  const { bytes } = reader
  const aEnd = reader.end(a)
  const bEnd = reader.end(b)
  let i = reader.start(a)
  let k = reader.start(b)
  for (; i < aEnd && k < bEnd; i++, k++) if (bytes[i] !== bytes[k]) return bytes[i] - bytes[k]
  return aEnd - i - (bEnd - k)
}
