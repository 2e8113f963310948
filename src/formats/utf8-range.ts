import { isUtf8 } from 'node:buffer'

/** From this length on a call into the runtime is cheaper than looking at the bytes here. */
const longBytes = 512

/** Whether `bytes[start, end)` is valid UTF-8. `view` is of the same memory. Most records are short and ASCII. */
export function isUtf8Range(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  if (end - start < longBytes && isAscii(bytes, view, start, end)) return true
  return isUtf8(bytes.subarray(start, end))
}

function isAscii(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  let i = start
  for (; i + 4 <= end; i += 4) if ((view.getInt32(i, true) & 0x80808080) !== 0) return false
  for (; i < end; i++) if (bytes[i] >= 0x80) return false
  return true
}

/** The same memory as a plain Uint8Array: loops over bytes are fastest when they see one class only, and Buffer is another. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
