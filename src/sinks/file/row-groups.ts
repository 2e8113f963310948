import type { RecordBatch } from '../../columnar/record-batch.ts'
import { hashBytes } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'

/** Gives each distinct partition key a number, across batches. Compares key bytes; makes no object per row. */
export class RowGroups {
  readonly #keys: readonly number[]
  readonly #encoder: KeyEncoder
  readonly #seen: Uint8Array[] = []
  #table = new Int32Array(64).fill(-1)

  constructor(batch: RecordBatch, keys: readonly number[]) {
    this.#keys = keys
    this.#encoder = new KeyEncoder(keys.map(k => batch.schema.fields[k].type))
  }

  get count(): number {
    return this.#seen.length
  }

  /** Group numbers of the rows; groups come in the order of first appearance. */
  assign(batch: RecordBatch): Int32Array {
    const encoder = this.#encoder
    encoder.encode(this.#keys.map(k => batch.columns[k]), batch.numRows)
    const groups = new Int32Array(batch.numRows)
    for (let i = 0; i < batch.numRows; i++) groups[i] = this.#find(encoder.bytes, encoder.offsets[i], encoder.offsets[i + 1])
    return groups
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#table.length - 1
    for (let slot = hashBytes(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
      const group = this.#table[slot]
      if (group < 0) return this.#insert(bytes.slice(start, end), slot)
      if (equal(this.#seen[group], bytes, start, end)) return group
    }
  }

  #insert(key: Uint8Array, slot: number): number {
    const group = this.#seen.length
    this.#seen.push(key)
    this.#table[slot] = group
    if (this.#seen.length * 2 > this.#table.length) this.#grow()
    return group
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2).fill(-1)
    this.#seen.forEach((key, group) => {
      let slot = hashBytes(key, 0, key.length) & (table.length - 1)
      while (table[slot] >= 0) slot = (slot + 1) & (table.length - 1)
      table[slot] = group
    })
    this.#table = table
  }
}

function equal(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false
  return true
}
