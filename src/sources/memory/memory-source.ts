import { batchBytes, maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import type { TypedSchema } from '../../columnar/schema-builder.ts'
import { sliceRows } from '../../columnar/take.ts'
import { pin } from '../../columnar/transfer.ts'
import { assert } from '../../common/assert.ts'
import { projectTo } from '../project.ts'
import { batchesOfRows, checkNoOtherProperties, type InputRow } from '../rows.ts'
import { Wake } from '../wake.ts'

/** One addData() call: the rows of one input partition. */
export interface MemoryEntry {
  readonly batches: readonly RecordBatch[]
  readonly rows: number
  readonly bytes: number
}

/**
 * Rows that the program adds while queries run. The object holds them, not the query, so it survives a restart of the
 * query within the process, and several queries may read it.
 *
 *     const input = new MemorySource(schema({ v: t.int32() }))
 *     input.addData([{ v: 1 }, { v: 2 }])
 *
 * All rows are kept until release() is called: for tests and small inputs.
 */
export class MemorySource<R = InputRow> {
  readonly kind = 'MemorySource'
  readonly schema: TypedSchema<R>
  readonly wake = new Wake()
  #entries: MemoryEntry[] = []
  #released = 0

  constructor(schema: TypedSchema<R>) {
    this.schema = schema
  }

  /** Number of addData() calls so far: the offset after the last of them. */
  get offset(): number {
    return this.#released + this.#entries.length
  }

  /** Offsets up to here can no longer be read. */
  get released(): number {
    return this.#released
  }

  /**
   * Adds rows, which become one input partition, and answers the offset after them.
   * @throws QueryError SOURCE_ROW_INVALID; nothing is added then · TypeError for what is no list of rows
   */
  addData(data: readonly R[] | RecordBatch): number {
    if (!(data instanceof RecordBatch) && !Array.isArray(data)) throw new TypeError(`addData() takes an array of rows, such as [{ … }], or a RecordBatch, but got ${data === null ? 'null' : typeof data}.`)
    const batches = data instanceof RecordBatch ? cut(projectTo(data, this.schema)) : this.#batchesOf(data as readonly InputRow[])
    let rows = 0
    let bytes = 0
    for (const batch of batches) {
      // The rows may be read again by a replay, so no executor may take the memory along.
      for (const column of batch.columns) pin(column)
      rows += batch.numRows
      bytes += batchBytes(batch)
    }
    this.#entries.push(Object.freeze({ batches, rows, bytes }))
    this.wake.notify()
    return this.offset
  }

  #batchesOf(rows: readonly InputRow[]): RecordBatch[] {
    const origin = 'a memory source'
    checkNoOtherProperties(this.schema, rows, origin)
    return batchesOfRows(this.schema, rows, origin)
  }

  /** The rows added by call number `index`, counted from 0. */
  entry(index: number): MemoryEntry {
    assert(index >= this.#released && index < this.offset, 'A memory source has the entries between what was released and its offset.', {
      index, released: this.#released, offset: this.offset,
    })
    return this.#entries[index - this.#released]
  }

  /** Forgets the rows before `offset`; no query may want them any more. */
  release(offset: number): void {
    const count = Math.min(offset, this.offset) - this.#released
    if (count <= 0) return
    this.#entries = this.#entries.slice(count)
    this.#released += count
  }
}

function cut(batch: RecordBatch): RecordBatch[] {
  const parts: RecordBatch[] = []
  for (let start = 0; start < batch.numRows; start += maxBatchRows) parts.push(sliceRows(batch, start, Math.min(batch.numRows, start + maxBatchRows)))
  return parts
}

/** Recognised by its kind: a second copy of the package makes objects of another class. */
export function isMemorySource(value: unknown): value is MemorySource<InputRow> {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'MemorySource'
}
