import { hashBytes } from '../../columnar/hash.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { nullableComparator, type RowComparator } from './comparison.ts'

/** A hash per element that is equal for equal elements (NaN, −0.0 and null included). */
export function elementHasher(v: Vector): (k: number) => number {
  const present = presentHasher(v)
  return k => (isNullAt(v, k) ? 0x5bd1e995 : present(k))
}

function presentHasher(v: Vector): (k: number) => number {
  switch (v.type.kind) {
    case 'null':
      return () => 0
    case 'boolean':
      return k => (getBit(v.values as Uint8Array, k) ? 1 : 2)
    case 'int32':
    case 'date': {
      const values = v.values as Int32Array
      return k => mix(values[k])
    }
    case 'int64': {
      const halves = new Int32Array((v.values as BigInt64Array).buffer, (v.values as BigInt64Array).byteOffset, v.length * 2)
      return k => mix(halves[2 * k] ^ Math.imul(halves[2 * k + 1], 31))
    }
    case 'string':
    case 'binary': {
      const reader = new BytesReader(v)
      return k => hashBytes(reader.bytes, reader.start(k), reader.end(k))
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const inner = elementHasher(v.children[0])
      return k => {
        let h = 17
        for (let e = offsets[k]; e < offsets[k + 1]; e++) h = mix(Math.imul(h, 31) + inner(e))
        return h
      }
    }
    case 'struct': {
      const inner = v.children.map(elementHasher)
      return k => inner.reduce((h, f) => mix(Math.imul(h, 31) + f(k)), 17)
    }
    default: {
      const values = v.values as Float64Array
      const scratch = new Float64Array(1)
      const halves = new Int32Array(scratch.buffer)
      return k => {
        const x = values[k]
        // One NaN, one zero.
        scratch[0] = x === x ? x + 0 : NaN
        return mix(halves[0] ^ Math.imul(halves[1], 31))
      }
    }
  }
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Distinct elements of one vector, cleared row by row without touching what the row did not use. */
export class ElementSet {
  readonly #hash: (k: number) => number
  readonly #compare: RowComparator
  #slots = new Int32Array(32)
  #used: number[] = []

  constructor(elements: Vector) {
    this.#hash = elementHasher(elements)
    this.#compare = nullableComparator(elements, elements)
  }

  clear(): void {
    for (const slot of this.#used) this.#slots[slot] = 0
    this.#used = []
  }

  has(k: number): boolean {
    return this.#slots[this.#find(k)] !== 0
  }

  /** Whether the element was new. */
  add(k: number): boolean {
    if (this.#used.length * 2 >= this.#slots.length) this.#enlarge()
    const slot = this.#find(k)
    if (this.#slots[slot] !== 0) return false
    this.#slots[slot] = k + 1
    this.#used.push(slot)
    return true
  }

  #find(k: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(k) & mask
    while (this.#slots[slot] !== 0 && this.#compare(this.#slots[slot] - 1, k) !== 0) slot = (slot + 1) & mask
    return slot
  }

  #enlarge(): void {
    const members = this.#used.map(slot => this.#slots[slot] - 1)
    this.#slots = new Int32Array(this.#slots.length * 2)
    this.#used = []
    for (const k of members) {
      const slot = this.#find(k)
      this.#slots[slot] = k + 1
      this.#used.push(slot)
    }
  }
}
