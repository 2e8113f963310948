import type { BufferColumn } from '../columnar/buffer-column.ts'

/** The bytes of a slot of a `bytes` column, null when it has none. A view. */
export function bytesOf(buffer: BufferColumn, slot: number): Uint8Array | null {
  return buffer.bytes[slot]
}

/** Gives a slot of a `bytes` column a copy of source[start .. end). */
export function putBytes(buffer: BufferColumn, slot: number, source: Uint8Array, start: number, end: number): void {
  buffer.bytes[slot] = source.slice(start, end)
}

/** Memory of the first `slots` slots. A typed array on the heap costs about 100 bytes beside its content. */
export function bufferMemory(buffer: BufferColumn, slots: number): number {
  let bytes = buffer.float64.byteLength + buffer.int32.byteLength + buffer.int64.byteLength + buffer.boolean.byteLength
  if (buffer.kind !== 'bytes') return bytes
  bytes += buffer.bytes.length * 8
  for (let i = 0; i < slots; i++) {
    const value = buffer.bytes[i]
    if (value !== null) bytes += value.byteLength + 100
  }
  return bytes
}
