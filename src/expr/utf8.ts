/**
 * UTF-8 by bytes, for kernels that never make a JavaScript string. Text in string columns is always well formed, so
 * the first byte of a character tells its length.
 */

/** Bytes of the character that starts with `first`. */
export function charBytes(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** Characters (code points) in bytes[start, end). */
export function countChars(bytes: Uint8Array, start: number, end: number): number {
  let n = 0
  for (let i = start; i < end; i++) if ((bytes[i] & 0xc0) !== 0x80) n++
  return n
}

/** Where the character number `count` from `start` begins, at most `end`. */
export function skipChars(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start
  for (let n = 0; n < count && at < end; n++) at += charBytes(bytes[at])
  return at
}

/** Where the character begins that is `count` characters before `end`, at least `start`. */
export function skipCharsBack(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = end
  for (let n = 0; n < count && at > start; n++) {
    at--
    while (at > start && (bytes[at] & 0xc0) === 0x80) at--
  }
  return at
}

/** The code point that begins at `at`. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 0x80) return first
  if (first < 0xe0) return ((first & 0x1f) << 6) | (bytes[at + 1] & 0x3f)
  if (first < 0xf0) return ((first & 0x0f) << 12) | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f)
  return ((first & 0x07) << 18) | ((bytes[at + 1] & 0x3f) << 12) | ((bytes[at + 2] & 0x3f) << 6) | (bytes[at + 3] & 0x3f)
}

export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] >= 0x80) return false
  return true
}

/** Where needle[from, to) first stands in bytes[start, end), −1 where it does not. An empty needle stands at the start. */
export function indexOfBytes(bytes: Uint8Array, start: number, end: number, needle: Uint8Array, from: number, to: number): number {
  const n = to - from
  if (n === 0) return start
  const first = needle[from]
  for (let i = start; i <= end - n; i++) {
    if (bytes[i] !== first) continue
    let k = 1
    while (k < n && bytes[i + k] === needle[from + k]) k++
    if (k === n) return i
  }
  return -1
}

/** Where needle[from, to) last stands in bytes[start, end), −1 where it does not. */
export function lastIndexOfBytes(bytes: Uint8Array, start: number, end: number, needle: Uint8Array, from: number, to: number): number {
  const n = to - from
  for (let i = end - n; i >= start; i--) if (bytesAt(bytes, i, needle, from, to)) return i
  return -1
}

/** Whether needle[from, to) stands at `at`; the caller knows that there is room. */
export function bytesAt(bytes: Uint8Array, at: number, needle: Uint8Array, from: number, to: number): boolean {
  for (let k = from; k < to; k++) if (bytes[at + k - from] !== needle[k]) return false
  return true
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  if (isAscii(bytes, start, end)) return true
  try {
    strict.decode(bytes.subarray(start, end))
    return true
  } catch {
    return false
  }
}

/** Whether every row of a binary column is well-formed UTF-8 by itself. */
export function isWellFormedUtf8(bytes: Uint8Array, offsets: Int32Array, length: number): boolean {
  if (isAscii(bytes, offsets[0], offsets[length])) return true
  for (let i = 0; i < length; i++) if (!isUtf8(bytes, offsets[i], offsets[i + 1])) return false
  return true
}
