import { BytesReader, type Vector } from '../../columnar/vector.ts'

export interface TextDictionary {
  /** Where each distinct value stands in the vector, in the order in which they appear. */
  readonly distinct: Int32Array
  readonly size: number
  /** The number of each value among the distinct ones. */
  readonly codes: Int32Array
}

const maxDictionaryBytes = 1024 * 1024

/**
 * Numbers the distinct values among `index[0..count)`, or answers null when a dictionary would not pay: more than half
 * of the values are distinct, or they take more than a page. Depends on the values alone, so that equal rows are
 * encoded alike.
 */
export function textDictionary(v: Vector, index: Int32Array, count: number): TextDictionary | null {
  if (count === 0) return null
  const reader = new BytesReader(v)
  const { bytes } = reader
  const maxDistinct = Math.floor(count / 2)
  const codes = new Int32Array(count)
  const distinct = new Int32Array(maxDistinct)
  const hashes = new Int32Array(maxDistinct)
  let mask = 255
  let slots = new Int32Array(mask + 1)
  let size = 0
  let total = 0
  for (let i = 0; i < count; i++) {
    const start = reader.start(index[i])
    const end = reader.end(index[i])
    const hash = hashBytes(bytes, start, end)
    let slot = hash & mask
    let found = -1
    // Slots hold the code plus one; 0 is free.
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const code = slots[slot] - 1
      if (hashes[code] === hash && equalBytes(bytes, start, end, reader.start(distinct[code]), reader.end(distinct[code]))) {
        found = code
        break
      }
    }
    if (found < 0) {
      total += end - start + 4
      if (size === maxDistinct || total > maxDictionaryBytes) return null
      found = size++
      distinct[found] = index[i]
      hashes[found] = hash
      slots[slot] = found + 1
      if (size * 2 > mask) {
        mask = mask * 2 + 1
        slots = rehash(hashes, size, mask)
      }
    }
    codes[i] = found
  }
  return { distinct, size, codes }
}

function rehash(hashes: Int32Array, size: number, mask: number): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(mask + 1)
  for (let code = 0; code < size; code++) {
    let slot = hashes[code] & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = code + 1
  }
  return slots
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], 0x01000193)
  return h ^ (h >>> 15)
}

function equalBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false
  for (; a < aEnd; a++, b++) if (bytes[a] !== bytes[b]) return false
  return true
}
