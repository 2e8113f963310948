import { hashBytes } from '../../columnar/hash.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { comparePayloads, payloadEnd, readFloat64, readInt32, valueEnd } from './value-encoding.ts'

/**
 * The different values of one type in a `bytes` slot, in the order in which they came: entries of `head` bytes for the
 * caller (a count) and the payload of the value. NaN equals NaN and the zeros are equal; the first one stays.
 *
 * A small slot is searched from front to back. A larger one gets a hash index, kept beside the column and not part of
 * the state: positions of entries + 1 in an open-addressing table.
 */
export class PayloadSet {
  readonly type: DataType
  readonly head: number

  constructor(type: DataType, head: number) {
    this.type = type
    this.head = head
  }

  /** Where the entry of the payload payload[start .. end) begins; it is added, with a zeroed head, where it is missing. */
  entry(buffer: BufferColumn, slot: number, payload: Uint8Array, start: number, end: number): number {
    const used = buffer.byteLengths[slot]
    if (used <= searchedBytes) {
      const found = this.#search(buffer.arenas[slot], used, payload, start)
      return found >= 0 ? found : this.#append(buffer, slot, payload, start, end)
    }
    const index = this.#indexOf(buffer, slot)
    const arena = buffer.arenas[slot] as Uint8Array
    const mask = index.table.length - 1
    let at = hashPayload(this.type, payload, start) & mask
    for (; index.table[at] !== 0; at = (at + 1) & mask) {
      const found = index.table[at] - 1
      if (comparePayloads(this.type, arena, found + this.head, payload, start) === 0) return found
    }
    index.table[at] = this.#append(buffer, slot, payload, start, end) + 1
    index.count++
    if (index.count * 2 > index.table.length) buffer.derived.set(slot, this.#build(buffer, slot))
    return buffer.byteLengths[slot] - (end - start) - this.head
  }

  #search(arena: Uint8Array | null, used: number, payload: Uint8Array, start: number): number {
    if (arena === null) return -1
    for (let at = 0; at < used; ) {
      if (comparePayloads(this.type, arena, at + this.head, payload, start) === 0) return at
      at = payloadEnd(this.type, arena, at + this.head)
    }
    return -1
  }

  #append(buffer: BufferColumn, slot: number, payload: Uint8Array, start: number, end: number): number {
    const position = buffer.byteLengths[slot]
    const arena = buffer.reserveBytes(slot, this.head + end - start)
    arena.fill(0, position, position + this.head)
    buffer.byteLengths[slot] += this.head
    buffer.appendBytes(slot, payload, start, end)
    return position
  }

  #indexOf(buffer: BufferColumn, slot: number): Index {
    let index = buffer.derived.get(slot) as Index | undefined
    if (index === undefined) {
      index = this.#build(buffer, slot)
      buffer.derived.set(slot, index)
    }
    return index
  }

  #build(buffer: BufferColumn, slot: number): Index {
    const arena = buffer.arenas[slot] as Uint8Array
    const used = buffer.byteLengths[slot]
    const positions: number[] = []
    for (let at = 0; at < used; at = payloadEnd(this.type, arena, at + this.head)) positions.push(at)
    let size = 64
    while (size < positions.length * 4) size *= 2
    const table = new Int32Array(size)
    for (const position of positions) {
      let at = hashPayload(this.type, arena, position + this.head) & (size - 1)
      while (table[at] !== 0) at = (at + 1) & (size - 1)
      table[at] = position + 1
    }
    return { table, count: positions.length }
  }
}

interface Index {
  readonly table: Int32Array
  count: number
}

/** Up to here walking the entries costs less than an index. */
const searchedBytes = 128

/** Equal for payloads that compare as equal. */
function hashPayload(type: DataType, bytes: Uint8Array, at: number): number {
  switch (type.kind) {
    case 'float64': {
      const x = readFloat64(bytes, at)
      return x === x && x !== 0 ? hashBytes(bytes, at, at + 8) : x === x ? 1 : 2
    }
    case 'array': {
      let hash = readInt32(bytes, at)
      let next = at + 4
      for (let left = hash; left > 0; left--) {
        hash = mix(hash, hashValue(type.element, bytes, next))
        next = valueEnd(type.element, bytes, next)
      }
      return hash
    }
    case 'struct': {
      let hash = 0
      let next = at
      for (const f of type.fields) {
        hash = mix(hash, hashValue(f.type, bytes, next))
        next = valueEnd(f.type, bytes, next)
      }
      return hash
    }
    default:
      return hashBytes(bytes, at, payloadEnd(type, bytes, at))
  }
}

function hashValue(type: DataType, bytes: Uint8Array, at: number): number {
  return bytes[at] === 0 ? 3 : hashPayload(type, bytes, at + 1)
}

function mix(hash: number, next: number): number {
  return (Math.imul(hash, 31) + next) | 0
}
