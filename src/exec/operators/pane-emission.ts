import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { KeyDecoder } from '../../columnar/key-encoding.ts'
import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import type { OutputMode } from '../../common/output-mode.ts'
import { windowColumn } from '../../expr/functions/window.ts'
import type { KeyedTable, OperatorState } from '../../state/state.ts'
import { createTable } from '../../state/tables.ts'
import type { BatchContext } from '../physical-plan.ts'
import { buffersOf, type CompiledAggregation, type CompiledWindow } from './aggregation.ts'
import { PaneFolder } from './pane-folder.ts'
import { lastEndOf, type PaneGeometry, type PanedWindow, windowsOver } from './panes.ts'

/**
 * What an aggregation in panes emits, and which panes it then drops.
 *
 *   append    windows that this batch closes: their end is past the late watermark, up to the eviction watermark
 *   update    windows over a pane that the batch changed, with the keys that it changed in them
 *   complete  all windows
 *
 * Append and complete give windows in the order of their end, in each the keys in the order of panes and in a pane of first
 * appearance. A window at or before the late watermark came out in an earlier batch and is not looked at again. What is
 * folded in which order depends on the state and the batch alone, so that sums of doubles come out the same in a replay.
 */
export function* emitPanes(
  aggregation: CompiledAggregation, panes: PaneGeometry, state: OperatorState, merged: ReadonlySet<number>,
  mode: OutputMode, { lateMicros, evictMicros }: Pick<BatchContext, 'lateMicros' | 'evictMicros'>,
): Iterable<RecordBatch> {
  const ends = [...state.buckets()]
  const after = lateMicros ?? Number.NEGATIVE_INFINITY
  if (mode === 'update') yield* touchedWindows(aggregation, panes, state, ends, [...merged].sort((a, b) => a - b), after)
  else {
    const upTo = mode === 'complete' ? Number.POSITIVE_INFINITY : (evictMicros ?? Number.NEGATIVE_INFINITY)
    for (const window of windowsOver(panes, ends, after, upTo)) {
      const table = createTable(aggregation.stage.table, aggregation.inits)
      for (let p = window.first; p < window.last; p++) fold(aggregation, table, state.table(ends[p]))
      yield* windowRows(aggregation, window, table, table.buffers, table.slots())
    }
  }
  if (evictMicros === null) return
  for (const end of ends) {
    if (lastEndOf(panes, end) > evictMicros) return
    state.dropBucket(end)
  }
}

/** Puts all groups of a pane into the window's table. */
function fold(aggregation: CompiledAggregation, table: KeyedTable, pane: KeyedTable): void {
  const slots = pane.slots()
  const into = new Int32Array(slots.length)
  for (let i = 0; i < slots.length; i++) into[i] = table.upsert(pane.keyBytes, pane.keyStart(slots[i]), pane.keyEnd(slots[i]))
  for (const a of aggregation.aggregates) a.signature.merge(buffersOf(a, table.buffers), into, buffersOf(a, pane.buffers), slots, slots.length)
}

/** Slots that the folds of one set of keys take at most, one per key and pane of a window. */
const foldSlots = 65_536

/** A changed pane, and the slots of one set of keys that changed in it. */
interface ChangedPane {
  readonly end: number
  readonly slots: Int32Array
}

/** The windows over changed panes, for as many keys at a time as fit the folds. */
function* touchedWindows(
  aggregation: CompiledAggregation, panes: PaneGeometry, state: OperatorState, ends: readonly number[], changed: readonly number[], after: number,
): Iterable<RecordBatch> {
  const most = Math.min(ends.length, panes.sizeMicros / panes.paneMicros)
  const mostKeys = Math.max(1, Math.floor(foldSlots / Math.max(1, most)))
  // Changed panes that share a window are looked at together: the others have nothing to do with their keys.
  for (let from = 0, to = 0; from < changed.length; from = to) {
    for (to = from + 1; to < changed.length && changed[to] - changed[to - 1] < panes.sizeMicros; ) to++
    const { table, perPane } = changedKeys(aggregation, state, changed.slice(from, to))
    for (let firstKey = 0; firstKey < table.slotCount; firstKey += mostKeys) {
      const keys = createTable(aggregation.stage.table, aggregation.inits)
      const lastKey = Math.min(table.slotCount, firstKey + mostKeys)
      for (let slot = firstKey; slot < lastKey; slot++) keys.upsert(table.keyBytes, table.keyStart(slot), table.keyEnd(slot))
      const some = perPane.map(({ end, slots }) => ({ end, slots: slots.filter(s => s >= firstKey && s < lastKey).map(s => s - firstKey) }))
      yield* windowsOfKeys(aggregation, panes, state, ends, keys, some.filter(p => p.slots.length > 0), after, most)
    }
  }
}

/** The keys that the batch changed in some panes, and which of them in each. */
function changedKeys(aggregation: CompiledAggregation, state: OperatorState, changed: readonly number[]): { readonly table: KeyedTable; readonly perPane: readonly ChangedPane[] } {
  const table = createTable(aggregation.stage.table, aggregation.inits)
  const perPane = changed.map(end => {
    const pane = state.table(end)
    return { end, slots: pane.touched().map(slot => table.upsert(pane.keyBytes, pane.keyStart(slot), pane.keyEnd(slot))) }
  })
  return { table, perPane }
}

function* windowsOfKeys(
  aggregation: CompiledAggregation, panes: PaneGeometry, state: OperatorState, ends: readonly number[],
  keys: KeyedTable, changed: readonly ChangedPane[], after: number, most: number,
): Iterable<RecordBatch> {
  const folder = new PaneFolder(aggregation, keys, i => state.table(ends[i]), most)
  const isChanged = new Uint8Array(keys.slotCount)
  let first = 0
  let last = 0
  for (const window of windowsOver(panes, changed.map(p => p.end), after, Number.POSITIVE_INFINITY)) {
    while (ends[first] <= window.startMicros) first++
    while (last < ends.length && ends[last] <= window.endMicros) last++
    folder.move(first, last)
    isChanged.fill(0)
    for (let p = window.first; p < window.last; p++) for (const slot of changed[p].slots) isChanged[slot] = 1
    yield* windowRows(aggregation, window, keys, folder.buffers, keys.slots().filter(slot => isChanged[slot] === 1))
  }
}

/** Rows of one window: the keys of some slots, and what the buffers have for them. */
function* windowRows(
  aggregation: CompiledAggregation, { startMicros }: PanedWindow, keys: KeyedTable, buffers: readonly BufferColumn[], slots: Int32Array,
): Iterable<RecordBatch> {
  const { keyTypes, aggregates, stage } = aggregation
  const window = aggregation.window as CompiledWindow
  const otherTypes = keyTypes.filter((_, k) => k !== window.key)
  for (let start = 0; start < slots.length; start += maxBatchRows) {
    const some = slots.subarray(start, Math.min(slots.length, start + maxBatchRows))
    const decoder = new KeyDecoder(otherTypes, some.length)
    for (const slot of some) decoder.append(keys.keyBytes, keys.keyStart(slot))
    const columns = decoder.finish()
    columns.splice(window.key, 0, windowColumn(new Float64Array(some.length).fill(startMicros), window.sizeMicros, some.length))
    const values = aggregates.map(a => a.signature.finish(buffersOf(a, buffers), some, some.length))
    yield new RecordBatch(stage.output, some.length, [...columns, ...values])
  }
}
