import { hashBytes, partitionOf } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { binaryType, float64Type } from '../../columnar/data-type.ts'
import { bufferToVector } from '../../columnar/buffer-column.ts'
import { takeRows } from '../../columnar/take.ts'
import type { Vector } from '../../columnar/vector.ts'
import { rowsOfBatch, trueRows } from '../../expr/evaluate.ts'
import type { EvalContext } from '../../expr/function-table.ts'
import { windowColumn, windowTimes } from '../../expr/functions/window.ts'
import { assignWindows } from '../../expr/functions/window-assign.ts'
import { createTable } from '../../state/tables.ts'
import type { KeyedTable } from '../../state/state.ts'
import { newBitmap, setBit } from '../../columnar/bitmap.ts'
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
    const encoder = this.#encoder
    const ends = groupEnds(this.aggregation.stage.time, keyColumns, length)
    const watermarked = this.aggregation.stage.time.kind !== 'none' && this.aggregation.stage.time.watermarked
    const lateMicros = watermarked ? this.#lateMicros : null
    const slots = new Int32Array(length)
    const late: number[] = []
    const { bytes, offsets } = encoder
    const table = this.#table
    for (let i = 0; i < length; i++) {
      const end = ends === null ? NaN : ends[i]
      if (lateMicros !== null && end <= lateMicros) {
        this.#lateGroups.upsert(bytes, offsets[i], offsets[i + 1])
        late.push(i)
        slots[i] = -1
        continue
      }
      const before = table.size
      const slot = table.upsert(bytes, offsets[i], offsets[i + 1])
      slots[i] = slot
      if (table.size !== before) {
        if (slot >= this.#ends.length) this.#ends = enlarge(this.#ends, slot + 1)
        this.#ends[slot] = end
      }
    }
    this.lateRows += late.length
    return { slots, late: late.length === 0 ? null : Int32Array.from(late) }
  }

  #update(batch: RecordBatch, slots: Int32Array, context: EvalContext): void {
    const rows = rowsOfBatch(batch)
    for (const a of this.aggregation.aggregates) {
      let include: Uint8Array | null = null
      if (a.filter !== null) {
        include = newBitmap(batch.numRows, false)
        for (const i of trueRows(a.filter(rows, context), batch.numRows)) setBit(include, i)
      }
      a.signature.update(buffersOf(a, this.#table.buffers), slots, a.args.map(arg => arg(rows, context)), batch.numRows, include)
    }
  }

  #lateInput(input: RecordBatch, sourceRows: Int32Array | null, late: Int32Array): RecordBatch {
    // A row that was late for several sliding windows is handed over once.
    const unique = new Set<number>()
    for (const i of late) unique.add(sourceRows === null ? i : sourceRows[i])
    return takeRows(input, Int32Array.from(unique))
  }

  /** One frame per state partition, null where it has no group. */
  finish(partitions: number): (RecordBatch | null)[] {
    const table = this.#table
    const { stage, bufferKinds, frame } = this.aggregation
    const byPartition: number[][] = Array.from({ length: partitions }, () => [])
    for (const slot of table.slots()) {
      byPartition[partitionOf(hashBytes(table.keyBytes, table.keyStart(slot), table.keyEnd(slot)), partitions)].push(slot)
    }
    return byPartition.map(list => {
      if (list.length === 0) return null
      const slots = Int32Array.from(list)
      const key = new VectorBuilder(binaryType, slots.length)
      const bucket = new VectorBuilder(float64Type, slots.length)
      for (const slot of slots) {
        key.appendBytes(table.keyBytes, table.keyStart(slot), table.keyEnd(slot))
        bucket.appendFloat64(bucketOf(stage.time, this.#ends[slot]))
      }
      const buffers = bufferKinds.map((_, b) => bufferToVector(table.buffers[b], slots, slots.length))
      return new RecordBatch(frame, slots.length, [key.finish(), bucket.finish(), ...buffers])
    })
  }
}

function enlarge(a: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const b = new Float64Array(Math.max(needed, a.length * 2))
  b.set(a)
  return b
}
