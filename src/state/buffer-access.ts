import type { BufferColumn } from '../columnar/buffer-column.ts'

/** The bytes of a slot of a `bytes` column, null when it has none. A view. */
export function bytesOf(buffer: BufferColumn, slot: number): Uint8Array | null {
  return buffer.bytesAt(slot)
}

/** Gives a slot of a `bytes` column a copy of source[start .. end). */
export function putBytes(buffer: BufferColumn, slot: number, source: Uint8Array, start: number, end: number): void {
  buffer.setBytes(slot, source, start, end)
}

/** Memory of a column in bytes. */
export function bufferMemory(buffer: BufferColumn): number {
  return buffer.memoryBytes
}
