import { vectorToBuffer } from '../../columnar/buffer-column.ts'
import { hashBytes, partitionOf } from '../../columnar/hash.ts'
import { KeyDecoder } from '../../columnar/key-encoding.ts'
import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import type { OutputMode } from '../../common/output-mode.ts'
import { type KeyedTable, type OperatorState, timelessBucket } from '../../state/state.ts'
import type { BatchContext } from '../physical-plan.ts'
import { buffersOf, type CompiledAggregation } from './aggregation.ts'
import { emitPanes } from './pane-emission.ts'
import { closedBy } from './time-bucket.ts'

const emptyKey = new Uint8Array(0)

/** Stage two of an aggregation: the state of one partition, changed by one batch. */
export class MergeAggregation {
  readonly #aggregation: CompiledAggregation
  readonly #state: OperatorState
  /** Buckets that this batch has rows for. */
  readonly #merged = new Set<number>()

  constructor(aggregation: CompiledAggregation, state: OperatorState) {
    this.#aggregation = aggregation
    this.#state = state
  }

  /**
   * Folds partial results in; call it in the order of input partitions. Goes on each time it is asked to, and says how
   * many rows it folded in since: a frame may have any number of them, and its thread has other things to do.
   */
  *merge(frame: RecordBatch): Iterable<number> {
    const { bufferKinds, aggregates } = this.#aggregation
    const [keys, bucketColumn, ...bufferVectors] = frame.columns
    const from = bufferVectors.map((v, b) => vectorToBuffer(bufferKinds[b], v))
    const buckets = bucketColumn.values as Float64Array
    const bytes = keys.values as Uint8Array
    const offsets = keys.offsets as Int32Array
    const rows = new Int32Array(frame.numRows)
    for (let i = 0; i < rows.length; i++) rows[i] = i
    const slots = new Int32Array(frame.numRows)
    for (let start = 0, end = 0; start < frame.numRows; start = end) {
      const bucket = buckets[start]
      while (end < frame.numRows && end - start < maxBatchRows && buckets[end] === bucket) end++
      const n = end - start
      const table = this.#state.table(bucket)
      table.upsertAll(bytes, offsets.subarray(start), n, slots)
      table.touchAll(slots, n)
      const fromRows = rows.subarray(start, end)
      for (const a of aggregates) a.signature.merge(buffersOf(a, table.buffers), slots, buffersOf(a, from), fromRows, n)
      this.#merged.add(bucket)
      yield n
    }
  }

  /**
   * An aggregation without keys has its one row also over no input, and as in Spark every batch renews it: in update
   * mode it comes out each time. Of all partitions it is in the one where rows would have gone.
   */
  ensureGlobalRow(partition: number, partitions: number): void {
    if (this.#aggregation.keyTypes.length > 0 || partition !== partitionOf(hashBytes(emptyKey, 0, 0), partitions)) return
    const table = this.#state.table(timelessBucket)
    table.touch(table.upsert(emptyKey, 0, 0))
  }

  /**
   * The rows that the output mode lets out, then eviction of what the watermark closed (semantics.md §1.8):
   * append: groups that end at or before it · update: groups touched by this batch · complete: all, nothing is evicted.
   */
  *emit(mode: OutputMode, { lateMicros, evictMicros }: Pick<BatchContext, 'lateMicros' | 'evictMicros'>): Iterable<RecordBatch> {
    const { time } = this.#aggregation.stage
    const closes = mode !== 'complete' && time.kind !== 'none' && time.watermarked
    const evict = closes ? evictMicros : null
    const { panes } = this.#aggregation
    if (panes === null) yield* this.#emitGroups(mode, evict)
    else yield* emitPanes(this.#aggregation, panes, this.#state, this.#merged, mode, { lateMicros: closes ? lateMicros : null, evictMicros: evict })
  }

  *#emitGroups(mode: OutputMode, evict: number | null): Iterable<RecordBatch> {
    const { time } = this.#aggregation.stage
    for (const bucket of [...this.#state.buckets()]) {
      const table = this.#state.table(bucket)
      const closed = evict === null ? 'none' : closedBy(time, bucket, evict)
      if (mode === 'complete') yield* this.#rows(table, table.slots())
      else if (mode === 'update') yield* this.#rows(table, table.touched())
      if (closed === 'all') {
        if (mode === 'append') yield* this.#rows(table, table.slots())
        this.#state.dropBucket(bucket)
      } else if (closed === 'some') {
        const slots = this.#closedSlots(table, evict as number)
        if (mode === 'append') yield* this.#rows(table, slots)
        for (const slot of slots) table.remove(slot)
      }
    }
  }

  /** Slots of a bucket of timestamp keys that the watermark has reached. */
  #closedSlots(table: KeyedTable, evictMicros: number): Int32Array {
    const { time } = this.#aggregation.stage
    const slots = table.slots()
    if (time.kind !== 'time') return slots
    const decoder = new KeyDecoder(this.#aggregation.keyTypes, slots.length)
    for (const slot of slots) decoder.append(table.keyBytes, table.keyStart(slot))
    const times = decoder.finish()[time.key].values as Float64Array
    return slots.filter((_, i) => times[i] <= evictMicros)
  }

  *#rows(table: KeyedTable, slots: Int32Array): Iterable<RecordBatch> {
    const { keyTypes, aggregates, stage } = this.#aggregation
    for (let start = 0; start < slots.length; start += maxBatchRows) {
      const some = slots.subarray(start, Math.min(slots.length, start + maxBatchRows))
      const decoder = new KeyDecoder(keyTypes, some.length)
      for (const slot of some) decoder.append(table.keyBytes, table.keyStart(slot))
      const values = aggregates.map(a => a.signature.finish(buffersOf(a, table.buffers), some, some.length))
      yield new RecordBatch(stage.output, some.length, [...decoder.finish(), ...values])
    }
  }
}
