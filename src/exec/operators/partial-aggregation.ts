import { partitionOf } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { binaryType, float64Type } from '../../columnar/data-type.ts'
import { bufferToVector } from '../../columnar/buffer-column.ts'
import { takeRows } from '../../columnar/take.ts'
import { Vector } from '../../columnar/vector.ts'
import { rowsOfBatch, trueRows } from '../../expr/evaluate.ts'
import type { EvalContext } from '../../expr/function-table.ts'
import { windowColumn, windowTimes } from '../../expr/functions/window.ts'
import { assignWindows } from '../../expr/functions/window-assign.ts'
import { createTable } from '../../state/tables.ts'
import type { KeyedTable } from '../../state/state.ts'
import { newBitmap, setBit } from '../../columnar/bitmap.ts'
import { inNumber, sortByClass } from './slot-order.ts'
import { bucketOf, groupEnds } from './time-bucket.ts'
import { buffersOf, type CompiledAggregation } from './aggregation.ts'

/**
 * Stage one of an aggregation, for one task: folds rows into groups in row order. Rows whose group the late watermark
 * has passed are left out, counted, and handed back for the lateRows sink. finish() gives one frame per state partition.
 */
export class PartialAggregation {
  readonly aggregation: CompiledAggregation
  readonly #lateMicros: number | null
  readonly #encoder: KeyEncoder
  readonly #table: KeyedTable
  readonly #lateGroups: KeyedTable
  /** End of each group's time, by slot of the table. */
  #ends = new Float64Array(64)
  lateRows = 0

  constructor(aggregation: CompiledAggregation, lateMicros: number | null) {
    this.aggregation = aggregation
    this.#lateMicros = lateMicros
    this.#encoder = new KeyEncoder(aggregation.keyTypes)
    this.#table = createTable(aggregation.stage.table, aggregation.inits)
    this.#lateGroups = createTable({ keys: [], values: [] }, [])
  }

  /** Groups that were left out as late: Spark's numRowsDroppedByWatermark counts these per input partition. */
  get lateGroups(): number {
    return this.#lateGroups.size
  }

  /** Adds a batch; answers the rows that were late for at least one group, null if none was. */
  add(input: RecordBatch, context: EvalContext): RecordBatch | null {
    const { window, keys } = this.aggregation
    let batch = input
    let windows: Vector | null = null
    let sourceRows: Int32Array | null = null
    if (window !== null) {
      const time = window.time(rowsOfBatch(batch), context)
      const assigned = assignWindows(windowTimes(time), time.validity, batch.numRows, window.sizeMicros, window.slideMicros, window.startMicros)
      sourceRows = assigned.rows
      if (sourceRows !== null) batch = takeRows(batch, sourceRows)
      windows = windowColumn(assigned.starts, window.sizeMicros, batch.numRows)
    }
    const rows = rowsOfBatch(batch)
    const keyColumns = keys.map(k => (k === null ? (windows as Vector) : k(rows, context)))
    this.#encoder.encode(keyColumns, batch.numRows)
    const { slots, late } = this.#slotsOf(keyColumns, batch.numRows)
    this.#update(batch, slots, context)
    return late === null ? null : this.#lateInput(input, sourceRows, late)
  }

  #slotsOf(keyColumns: readonly Vector[], length: number): { slots: Int32Array; late: Int32Array | null } {
    const { time } = this.aggregation.stage
    const ends = groupEnds(time, keyColumns, length)
    const late = ends === null || this.#lateMicros === null || time.kind === 'none' || !time.watermarked ? null : lateRows(ends, this.#lateMicros, length)
    const slots = new Int32Array(length)
    const { bytes, offsets } = this.#encoder
    const table = this.#table
    let known = table.slotCount
    if (late === null) table.upsertAll(bytes, offsets, length, slots)
    else {
      this.lateRows += late.length
      for (let i = 0, k = 0; i < length; i++) {
        if (i === late[k]) {
          k++
          slots[i] = -1
          this.#lateGroups.upsert(bytes, offsets[i], offsets[i + 1])
        } else slots[i] = table.upsert(bytes, offsets[i], offsets[i + 1])
      }
    }
    if (table.slotCount > this.#ends.length) this.#ends = enlarge(this.#ends, table.slotCount)
    // New slots are numbered in the order of their first rows.
    for (let i = 0; i < length && known < table.slotCount; i++) {
      if (slots[i] === known) this.#ends[known++] = ends === null ? NaN : ends[i]
    }
    return { slots, late }
  }

  #update(batch: RecordBatch, slots: Int32Array, context: EvalContext): void {
    const rows = rowsOfBatch(batch)
    for (const a of this.aggregation.aggregates) {
      let include: Uint8Array | null = null
      if (a.filter !== null) {
        include = newBitmap(batch.numRows, false)
        const kept = trueRows(a.filter(rows, context), batch.numRows)
        for (let i = 0; i < kept.length; i++) setBit(include, kept[i])
      }
      a.signature.update(buffersOf(a, this.#table.buffers), slots, a.args.map(arg => arg(rows, context)), batch.numRows, include)
    }
  }

  #lateInput(input: RecordBatch, sourceRows: Int32Array | null, late: Int32Array): RecordBatch {
    // A row that was late for several sliding windows is handed over once.
    if (sourceRows === null) return takeRows(input, late)
    const unique = new Int32Array(late.length)
    let n = 0
    for (let i = 0; i < late.length; i++) {
      const row = sourceRows[late[i]]
      if (n === 0 || unique[n - 1] !== row) unique[n++] = row
    }
    return takeRows(input, unique.subarray(0, n))
  }

  /** One frame per state partition, null where it has no group. Groups of one bucket lie together, in order of first rows. */
  finish(partitions: number): (RecordBatch | null)[] {
    const table = this.#table
    const { stage, bufferKinds, frame } = this.aggregation
    const { slots, starts } = this.#inOrder(partitions)
    return Array.from({ length: partitions }, (_, partition) => {
      const mine = slots.subarray(starts[partition], starts[partition + 1])
      const rows = mine.length
      if (rows === 0) return null
      const buckets = new Float64Array(rows)
      for (let i = 0; i < rows; i++) buckets[i] = bucketOf(stage.time, this.#ends[mine[i]])
      const buffers = bufferKinds.map((_, b) => bufferToVector(table.buffers[b], mine, rows))
      return new RecordBatch(frame, rows, [keysOf(table, mine), new Vector(float64Type, rows, null, buckets), ...buffers])
    })
  }

  /** All slots by partition, then by bucket in the order of their first slots, then by number. */
  #inOrder(partitions: number): { slots: Int32Array; starts: Int32Array } {
    const table = this.#table
    const { time } = this.aggregation.stage
    const count = table.slotCount
    const numbers = new Map<number, number>()
    const bucket = new Int32Array(count)
    for (let slot = 0, last = NaN, number = -1; slot < count; slot++) {
      const end = bucketOf(time, this.#ends[slot])
      if (end !== last) {
        number = numbers.get(end) ?? numbers.size
        numbers.set(end, number)
        last = end
      }
      bucket[slot] = number
    }
    const byBucket = sortByClass(inNumber(count), bucket, Math.max(1, numbers.size))
    const partition = new Int32Array(count)
    for (let slot = 0; slot < count; slot++) partition[slot] = partitionOf(table.hashOf(slot), partitions)
    return sortByClass(byBucket.slots, partition, partitions)
  }
}

/** Rows whose group has ended at or before the watermark; null for none. */
function lateRows(ends: Float64Array, lateMicros: number, length: number): Int32Array | null {
  let n = 0
  for (let i = 0; i < length; i++) if (ends[i] <= lateMicros) n++
  if (n === 0) return null
  const late = new Int32Array(n)
  for (let i = 0, k = 0; k < n; i++) if (ends[i] <= lateMicros) late[k++] = i
  return late
}

/** The encoded keys of slots as a binary column. */
function keysOf(table: KeyedTable, slots: Int32Array): Vector {
  const offsets = new Int32Array(slots.length + 1)
  for (let i = 0; i < slots.length; i++) offsets[i + 1] = offsets[i] + table.keyEnd(slots[i]) - table.keyStart(slots[i])
  const bytes = new Uint8Array(offsets[slots.length])
  const from = table.keyBytes
  for (let i = 0, at = 0; i < slots.length; i++) {
    for (let k = table.keyStart(slots[i]), end = table.keyEnd(slots[i]); k < end; k++) bytes[at++] = from[k]
  }
  return new Vector(binaryType, slots.length, null, bytes, offsets)
}

function enlarge(a: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const b = new Float64Array(Math.max(needed, a.length * 2))
  b.set(a)
  return b
}
