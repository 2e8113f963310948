import { type Bitmap, getBit } from '../../columnar/bitmap.ts'

/**
 * Arrow's "view" layout as bytes and offsets. A view is 16 bytes: the length, then up to 12 bytes of the value, or for
 * longer values 4 bytes of it, the number of a buffer and the position in there.
 */
export function viewBytes(views: Uint8Array, buffers: readonly Uint8Array[], length: number, validity: Bitmap | null): { bytes: Uint8Array; offsets: Int32Array } {
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength)
  const offsets = new Int32Array(length + 1)
  let total = 0
  for (let i = 0; i < length; i++) {
    const size = validity === null || getBit(validity, i) ? view.getInt32(i * 16, true) : 0
    total += size
    if (size < 0 || total > 2 ** 31 - 1) throw new Error(`a value of ${size} bytes in a view column`)
    offsets[i + 1] = total
    if (size > 12) checkRange(buffers, view.getInt32(i * 16 + 8, true), view.getInt32(i * 16 + 12, true), size)
  }
  const bytes = new Uint8Array(total)
  for (let i = 0; i < length; i++) {
    const size = offsets[i + 1] - offsets[i]
    const at = i * 16
    if (size > 12) {
      const start = view.getInt32(at + 12, true)
      bytes.set(buffers[view.getInt32(at + 8, true)].subarray(start, start + size), offsets[i])
    } else {
      for (let k = 0; k < size; k++) bytes[offsets[i] + k] = views[at + 4 + k]
    }
  }
  return { bytes, offsets }
}

function checkRange(buffers: readonly Uint8Array[], buffer: number, start: number, size: number): void {
  if (buffer < 0 || buffer >= buffers.length || start < 0 || start + size > buffers[buffer].length) {
    throw new Error(`a view points to bytes ${start} to ${start + size} of buffer ${buffer}, which are not there`)
  }
}
