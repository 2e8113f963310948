import { hashBytes, partitionOf } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { binaryType, float64Type, timestampType } from '../../columnar/data-type.ts'
import { bufferToVector } from '../../columnar/buffer-column.ts'
import { newBitmap, setBit } from '../../columnar/bitmap.ts'
import { float64Vector } from '../../columnar/vector.ts'
import { rowsOfBatch, trueRows } from '../../expr/evaluate.ts'
import type { EvalContext } from '../../expr/function-table.ts'
import { createTable } from '../../state/tables.ts'
import type { KeyedTable } from '../../state/state.ts'
import { buffersOf, type CompiledAggregation } from './aggregation.ts'
import { groupRows, type LateRows } from './row-groups.ts'
import { bucketOf } from './time-bucket.ts'

/** Bytes of the pane's end before the other keys: it is present, and a float64. */
const paneKeyBytes = 9

/**
 * Stage one of an aggregation, for one task: folds rows into groups (or panes of groups) in row order. Rows whose groups
 * the late watermark has passed are left out, counted, and handed back for the lateRows sink. finish() gives one frame
 * per state partition.
 */
export class PartialAggregation {
  readonly aggregation: CompiledAggregation
  readonly #lateMicros: number | null
  readonly #encoder: KeyEncoder
  readonly #lateEncoder: KeyEncoder
  readonly #table: KeyedTable
  readonly #lateGroups: KeyedTable
  /** End of each group's or pane's time, by slot of the table. */
  #ends = new Float64Array(64)
  #slots = new Int32Array(0)
  lateRows = 0

  constructor(aggregation: CompiledAggregation, lateMicros: number | null) {
    const { stage, keyTypes, panes, window } = aggregation
    this.aggregation = aggregation
    this.#lateMicros = stage.time.kind !== 'none' && stage.time.watermarked ? lateMicros : null
    this.#encoder = new KeyEncoder(panes === null ? keyTypes : [timestampType, ...keyTypes.filter((_, k) => k !== window?.key)])
    this.#lateEncoder = new KeyEncoder(keyTypes)
    this.#table = createTable(stage.table, aggregation.inits)
    this.#lateGroups = createTable({ keys: [], values: [] }, [])
  }

  /** Groups that were left out as late: Spark's numRowsDroppedByWatermark counts these per input partition. */
  get lateGroups(): number {
    return this.#lateGroups.size
  }

  /** Of its tables. */
  get memoryBytes(): number {
    return this.#table.memoryBytes + this.#lateGroups.memoryBytes + this.#ends.byteLength + this.#slots.byteLength
  }

  /** Adds a batch; answers the rows that were late for at least one group, null if none was. */
  add(input: RecordBatch, context: EvalContext): RecordBatch | null {
    const { batch, keys, ends, late } = groupRows(this.aggregation, input, this.#lateMicros, context)
    this.#encoder.encode(keys, batch.numRows)
    const slots = this.#slotsOf(batch.numRows, ends, late?.dropped ?? noRows)
    this.#update(batch, slots, context)
    return late === null ? null : this.#count(late)
  }

  #slotsOf(length: number, ends: Float64Array | null, dropped: Int32Array): Int32Array {
    const table = this.#table
    const { bytes, offsets } = this.#encoder
    if (this.#slots.length < length) this.#slots = new Int32Array(Math.max(length, this.#slots.length * 2))
    const slots = this.#slots
    const before = table.slotCount
    if (dropped.length === 0) table.upsertAll(bytes, offsets, length, slots)
    else {
      // The rows between two that are dropped, at once.
      let from = 0
      for (let d = 0; d <= dropped.length; d++) {
        const to = d === dropped.length ? length : dropped[d]
        if (to > from) table.upsertAll(bytes, offsets.subarray(from), to - from, slots.subarray(from))
        if (to < length) slots[to] = -1
        from = to + 1
      }
    }
    if (table.slotCount > before) this.#noteEnds(slots, length, before, ends)
    return slots
  }

  #noteEnds(slots: Int32Array, length: number, firstNew: number, ends: Float64Array | null): void {
    const count = this.#table.slotCount
    if (count > this.#ends.length) {
      const bigger = new Float64Array(Math.max(count, this.#ends.length * 2))
      bigger.set(this.#ends)
      this.#ends = bigger
    }
    if (ends === null) this.#ends.fill(NaN, firstNew, count)
    // All rows of a group have the same end.
    else for (let i = 0; i < length; i++) if (slots[i] >= firstNew) this.#ends[slots[i]] = ends[i]
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

  #count({ keys, pairs, input }: LateRows): RecordBatch {
    this.lateRows += pairs
    this.#lateEncoder.encode(keys, pairs)
    this.#lateGroups.upsertAll(this.#lateEncoder.bytes, this.#lateEncoder.offsets, pairs, new Int32Array(pairs))
    return input
  }

  /** One frame per state partition, null where it has no group. */
  finish(partitions: number): (RecordBatch | null)[] {
    const { bufferKinds, frame, panes } = this.aggregation
    const table = this.#table
    const skipped = panes === null ? 0 : paneKeyBytes
    return this.#slotsByPartition(partitions, skipped).map(slots => {
      const n = slots.length
      if (n === 0) return null
      const key = new VectorBuilder(binaryType, n)
      const buckets = new Float64Array(n)
      const bytes = table.keyBytes
      for (let i = 0; i < n; i++) {
        key.appendBytes(bytes, table.keyStart(slots[i]) + skipped, table.keyEnd(slots[i]))
        buckets[i] = this.#bucket(slots[i])
      }
      const buffers = bufferKinds.map((_, b) => bufferToVector(table.buffers[b], slots, n))
      return new RecordBatch(frame, n, [key.finish(), float64Vector(float64Type, buckets), ...buffers])
    })
  }

  /** Slots by the partition of their key (all panes of a group go to the same), in each by bucket, in each in order. */
  #slotsByPartition(partitions: number, skipped: number): Int32Array[] {
    const table = this.#table
    const n = table.slotCount
    const buckets = new Map<number, number>()
    const places = new Int32Array(n)
    const bytes = table.keyBytes
    for (let slot = 0; slot < n; slot++) {
      const bucket = this.#bucket(slot)
      let place = buckets.get(bucket)
      if (place === undefined) buckets.set(bucket, (place = buckets.size))
      const hash = skipped === 0 ? table.hashOf(slot) : hashBytes(bytes, table.keyStart(slot) + skipped, table.keyEnd(slot))
      places[slot] = place * partitions + partitionOf(hash, partitions)
    }
    const counts = new Int32Array(buckets.size * partitions)
    for (let slot = 0; slot < n; slot++) counts[places[slot]]++
    const lists: Int32Array[] = []
    const next = new Int32Array(counts.length)
    for (let p = 0; p < partitions; p++) {
      let at = 0
      for (let b = p; b < counts.length; b += partitions) {
        next[b] = at
        at += counts[b]
      }
      lists.push(new Int32Array(at))
    }
    for (let slot = 0; slot < n; slot++) lists[places[slot] % partitions][next[places[slot]]++] = slot
    return lists
  }

  #bucket(slot: number): number {
    return this.aggregation.panes === null ? bucketOf(this.aggregation.stage.time, this.#ends[slot]) : this.#ends[slot]
  }
}

const noRows = new Int32Array(0)
