import { KeyDecoder } from '../../columnar/key-encoding.ts'
import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import type { OutputMode } from '../../common/output-mode.ts'
import { windowColumn } from '../../expr/functions/window.ts'
import type { KeyedTable, OperatorState } from '../../state/state.ts'
import { createTable } from '../../state/tables.ts'
import type { BatchContext } from '../physical-plan.ts'
import { buffersOf, type CompiledAggregation, type CompiledWindow } from './aggregation.ts'
import { lastEndOf, type PaneGeometry, type PanedWindow, windowsOver } from './panes.ts'

/**
 * What an aggregation in panes emits, and which panes it then drops. Windows in order of their end, in each the keys in
 * the order of panes and in a pane of first appearance.
 *
 *   append    windows that this batch closes: their end is past the late watermark, up to the eviction watermark
 *   update    windows over a pane that the batch changed, with the keys that it changed; closed ones are not touched again
 *   complete  all windows
 *
 * The panes of a window are folded together in order of time, always in the same way, so that sums of doubles come out
 * the same in a replay.
 */
export function* emitPanes(
  aggregation: CompiledAggregation, panes: PaneGeometry, state: OperatorState, touched: ReadonlySet<number>,
  mode: OutputMode, { lateMicros, evictMicros }: Pick<BatchContext, 'lateMicros' | 'evictMicros'>,
): Iterable<RecordBatch> {
  const ends = [...state.buckets()]
  const after = lateMicros ?? Number.NEGATIVE_INFINITY
  if (mode === 'update') {
    const changed = [...touched].sort((a, b) => a - b)
    let first = 0
    for (const window of windowsOver(panes, changed, after, Number.POSITIVE_INFINITY)) {
      const merged = touchedKeys(aggregation, state, changed.slice(window.first, window.last))
      while (ends[first] <= window.startMicros) first++
      for (let p = first; p < ends.length && ends[p] <= window.endMicros; p++) foldKnown(aggregation, merged, state.table(ends[p]))
      yield* windowRows(aggregation, window, merged)
    }
  } else {
    const upTo = mode === 'complete' ? Number.POSITIVE_INFINITY : (evictMicros ?? Number.NEGATIVE_INFINITY)
    for (const window of windowsOver(panes, ends, after, upTo)) {
      const merged = createTable(aggregation.stage.table, aggregation.inits)
      for (let p = window.first; p < window.last; p++) fold(aggregation, merged, state.table(ends[p]))
      yield* windowRows(aggregation, window, merged)
    }
  }
  if (evictMicros === null) return
  for (const end of ends) {
    if (lastEndOf(panes, end) > evictMicros) return
    state.dropBucket(end)
  }
}

/** Puts all groups of a pane into the window's table. */
function fold(aggregation: CompiledAggregation, merged: KeyedTable, pane: KeyedTable): void {
  const slots = pane.slots()
  const into = new Int32Array(slots.length)
  for (let i = 0; i < slots.length; i++) into[i] = merged.upsert(pane.keyBytes, pane.keyStart(slots[i]), pane.keyEnd(slots[i]))
  mergeSlots(aggregation, merged, into, pane, slots)
}

/** A table with the keys that the batch touched in some panes, and nothing in it yet. */
function touchedKeys(aggregation: CompiledAggregation, state: OperatorState, ends: readonly number[]): KeyedTable {
  const merged = createTable(aggregation.stage.table, aggregation.inits)
  for (const end of ends) {
    const pane = state.table(end)
    for (const slot of pane.touched()) merged.upsert(pane.keyBytes, pane.keyStart(slot), pane.keyEnd(slot))
  }
  return merged
}

/** Puts those groups of a pane into the window's table whose keys it has. */
function foldKnown(aggregation: CompiledAggregation, merged: KeyedTable, pane: KeyedTable): void {
  const into = new Int32Array(merged.slotCount)
  const from = new Int32Array(merged.slotCount)
  let n = 0
  for (let slot = 0; slot < merged.slotCount; slot++) {
    const found = pane.find(merged.keyBytes, merged.keyStart(slot), merged.keyEnd(slot))
    if (found < 0) continue
    into[n] = slot
    from[n++] = found
  }
  mergeSlots(aggregation, merged, into.subarray(0, n), pane, from.subarray(0, n))
}

function mergeSlots(aggregation: CompiledAggregation, merged: KeyedTable, into: Int32Array, pane: KeyedTable, from: Int32Array): void {
  for (const a of aggregation.aggregates) a.signature.merge(buffersOf(a, merged.buffers), into, buffersOf(a, pane.buffers), from, into.length)
}

function* windowRows(aggregation: CompiledAggregation, { startMicros }: PanedWindow, merged: KeyedTable): Iterable<RecordBatch> {
  const { keyTypes, aggregates, stage } = aggregation
  const window = aggregation.window as CompiledWindow
  const slots = merged.slots()
  const otherTypes = keyTypes.filter((_, k) => k !== window.key)
  for (let start = 0; start < slots.length; start += maxBatchRows) {
    const some = slots.subarray(start, Math.min(slots.length, start + maxBatchRows))
    const decoder = new KeyDecoder(otherTypes, some.length)
    for (const slot of some) decoder.append(merged.keyBytes, merged.keyStart(slot))
    const keys = decoder.finish()
    keys.splice(window.key, 0, windowColumn(new Float64Array(some.length).fill(startMicros), window.sizeMicros, some.length))
    const values = aggregates.map(a => a.signature.finish(buffersOf(a, merged.buffers), some, some.length))
    yield new RecordBatch(stage.output, some.length, [...keys, ...values])
  }
}
