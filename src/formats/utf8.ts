import { isAscii, isUtf8 } from 'node:buffer'
import { isNullAt, type Vector } from '../columnar/vector.ts'

const checked = new WeakSet<Vector>()

/**
 * The first row whose text is not valid UTF-8, or −1. All text of the column is looked at in one call; only a column
 * that fails is looked at value by value. A dictionary is looked at once, not once a batch.
 */
export function firstBadText(v: Vector): number {
  if (v.dictionary !== null) {
    if (!checked.has(v.dictionary)) {
      const bad = firstBadText(v.dictionary)
      if (bad >= 0) return bad
      checked.add(v.dictionary)
    }
    return -1
  }
  const bytes = v.values as Uint8Array
  const offsets = v.offsets as Int32Array
  const all = bytes.subarray(offsets[0], offsets[v.length])
  if (isAscii(all)) return -1
  if (isUtf8(all) && !startsInside(bytes, offsets, v.length)) return -1
  for (let i = 0; i < v.length; i++) {
    if (!isNullAt(v, i) && !isUtf8(bytes.subarray(offsets[i], offsets[i + 1]))) return i
  }
  return -1
}

/** Valid text cut inside a character gives two invalid values; then one starts with a continuation byte. */
function startsInside(bytes: Uint8Array, offsets: Int32Array, length: number): boolean {
  const end = offsets[length]
  for (let i = 1; i < length; i++) if (offsets[i] < end && (bytes[offsets[i]] & 0xc0) === 0x80) return true
  return false
}
