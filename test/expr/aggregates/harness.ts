import { KeyEncoder } from '../../../src/columnar/key-encoding.ts'
import { BufferColumn, bufferToVector, vectorToBuffer } from '../../../src/columnar/buffer-column.ts'
import type { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { sliceRows, take } from '../../../src/columnar/take.ts'
import type { Vector } from '../../../src/columnar/vector.ts'
import { newBitmap, setBit, getBit } from '../../../src/columnar/bitmap.ts'
import { isNullAt } from '../../../src/columnar/vector.ts'
import { compile, rowsOfBatch } from '../../../src/expr/evaluate.ts'
import type { AggregateExpr, Expr } from '../../../src/expr/expr.ts'
import { resolve, type ResolvedExpr } from '../../../src/expr/resolve.ts'
import { resolveAggregate, type ResolvedAggregate } from '../../../src/expr/resolve-aggregate.ts'

export const context = { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 }

export const col = (name: string): Expr => ({ kind: 'column', name })

export function aggregate(name: string, args: readonly Expr[], options: Partial<AggregateExpr> = {}): AggregateExpr {
  return { kind: 'aggregate', name, args, filter: null, distinct: false, ignoreNulls: false, ...options }
}

/** Groups by encoded keys in a Map, the slots of a group in order of appearance. */
export class Table {
  readonly slots = new Map<string, number>()
  readonly keyRows: { batch: RecordBatch; row: number }[] = []
  readonly buffers: BufferColumn[][]
  readonly #aggregates: readonly ResolvedAggregate[]
  readonly #keys: readonly ResolvedExpr[]

  constructor(aggregates: readonly ResolvedAggregate[], keys: readonly ResolvedExpr[]) {
    this.#aggregates = aggregates
    this.#keys = keys
    this.buffers = aggregates.map(a => a.signature.buffers.map(kind => new BufferColumn(kind, 0)))
    if (keys.length === 0) this.#slot('')
  }

  add(batch: RecordBatch): void {
    const rows = rowsOfBatch(batch)
    const columns = this.#keys.map(k => compile(k)(rows, context))
    const encoder = new KeyEncoder(this.#keys.map(k => k.type))
    encoder.encode(columns, batch.numRows)
    const slots = new Int32Array(batch.numRows)
    for (let i = 0; i < batch.numRows; i++) {
      const key = Buffer.from(encoder.bytes.subarray(encoder.offsets[i], encoder.offsets[i + 1])).toString('hex')
      const known = this.slots.size
      slots[i] = this.#slot(key)
      if (this.slots.size > known) this.keyRows[slots[i]] = { batch, row: i }
    }
    this.#aggregates.forEach((a, k) => {
      const include = a.filter === null ? null : accepted(compile(a.filter)(rows, context), batch.numRows)
      a.signature.update(this.buffers[k], slots, a.args.map(arg => compile(arg)(rows, context)), batch.numRows, include)
    })
  }

  /** Merges another table as stage two does: its buffers travel as vectors. */
  merge(from: Table): void {
    const slots: number[] = []
    const fromSlots: number[] = []
    for (const [key, slot] of from.slots) {
      const known = this.slots.size
      const mine = this.#slot(key)
      if (this.slots.size > known) this.keyRows[mine] = from.keyRows[slot]
      slots.push(mine)
      fromSlots.push(slot)
    }
    const order = Int32Array.from(fromSlots)
    const rows = Int32Array.from(fromSlots, (_, i) => i)
    this.#aggregates.forEach((a, k) => {
      const travelled = a.signature.buffers.map((kind, b) => vectorToBuffer(kind, bufferToVector(from.buffers[k][b], order, order.length)))
      a.signature.merge(this.buffers[k], Int32Array.from(slots), travelled, rows, rows.length)
    })
  }

  /** Key columns and result columns, a row per group. */
  finish(): Vector[] {
    const n = this.slots.size
    const slots = Int32Array.from({ length: n }, (_, i) => i)
    return this.#aggregates.map((a, k) => a.signature.finish(this.buffers[k], slots, n))
  }

  keyValues(read: (v: Vector, i: number) => unknown): unknown[][] {
    return [...this.slots.values()].map(slot => {
      const at = this.keyRows[slot]
      return this.#keys.map(k => read(take(compile(k)(rowsOfBatch(at.batch), context), Int32Array.of(at.row)), 0))
    })
  }

  #slot(key: string): number {
    let slot = this.slots.get(key)
    if (slot !== undefined) return slot
    slot = this.slots.size
    this.slots.set(key, slot)
    this.#aggregates.forEach((a, k) => {
      for (const b of this.buffers[k]) b.grow(slot + 1)
      a.signature.init?.(this.buffers[k], slot)
    })
    return slot
  }
}

function accepted(v: Vector, length: number): Uint8Array {
  const bits = newBitmap(length, false)
  for (let i = 0; i < length; i++) if (!isNullAt(v, i) && getBit(v.values as Uint8Array, i)) setBit(bits, i)
  return bits
}

export interface Query {
  readonly keys: readonly Expr[]
  readonly aggregates: readonly AggregateExpr[]
}

export function tableOf(query: Query, batch: RecordBatch): Table {
  const { schema } = batch
  return new Table(query.aggregates.map(a => resolveAggregate(a, schema, 'agg()')), query.keys.map(k => resolve(k, schema, 'groupBy()')))
}

/** Aggregates parts of the batch, cut at the given rows, one by one, and merges them in order. */
export function runSplit(query: Query, batch: RecordBatch, cuts: readonly number[]): Table {
  const whole = tableOf(query, batch)
  let start = 0
  for (const end of [...cuts, batch.numRows]) {
    const part = tableOf(query, batch)
    part.add(sliceRows(batch, start, end))
    whole.merge(part)
    start = end
  }
  return whole
}

export function run(query: Query, batch: RecordBatch): Table {
  const table = tableOf(query, batch)
  table.add(batch)
  return table
}
