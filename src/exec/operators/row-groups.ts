import { timestampType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { take, takeRows } from '../../columnar/take.ts'
import { float64Vector, type Vector } from '../../columnar/vector.ts'
import { rowsOfBatch } from '../../expr/evaluate.ts'
import type { EvalContext } from '../../expr/function-table.ts'
import { windowColumn, windowTimes } from '../../expr/functions/window.ts'
import { assignWindows } from '../../expr/functions/window-assign.ts'
import type { CompiledAggregation, CompiledWindow } from './aggregation.ts'
import { assignPanes, type PaneGeometry } from './panes.ts'
import { groupEnds } from './time-bucket.ts'

/** Which groups (or panes of groups) the rows of a batch belong to. */
export interface RowGroups {
  /** The rows that have a group; with sliding windows kept whole, each row once for every window. */
  readonly batch: RecordBatch
  /** What stage one tells groups apart by: the grouping keys, or the end of the pane before the keys without the window. */
  readonly keys: readonly Vector[]
  /** When the group or pane of each row ends; NaN or null without a time. */
  readonly ends: Float64Array | null
  readonly late: LateRows | null
}

/** What the late watermark keeps out. */
export interface LateRows {
  /** Rows of `batch` that go into no group. */
  readonly dropped: Int32Array
  /** The grouping keys of each pair of a row and a group that it is late for. */
  readonly keys: readonly Vector[]
  readonly pairs: number
  /** The rows of the input that were late for at least one group. */
  readonly input: RecordBatch
}

/** Groups by keys as they are; a window among them gives a row one group per window. */
export function groupRows(aggregation: CompiledAggregation, input: RecordBatch, lateMicros: number | null, context: EvalContext): RowGroups {
  const { window, panes } = aggregation
  if (window === null) return wholeGroups(aggregation, input, null, null, input, lateMicros, context)
  const time = window.time(rowsOfBatch(input), context)
  if (panes !== null) return panedGroups(aggregation, panes, input, time, lateMicros, context)
  const { rows, starts } = assignWindows(windowTimes(time), time.validity, input.numRows, window.sizeMicros, window.slideMicros, window.startMicros)
  const batch = rows === null ? input : takeRows(input, rows)
  return wholeGroups(aggregation, batch, rows, windowColumn(starts, window.sizeMicros, batch.numRows), input, lateMicros, context)
}

function wholeGroups(
  aggregation: CompiledAggregation, batch: RecordBatch, sourceRows: Int32Array | null, windows: Vector | null,
  input: RecordBatch, lateMicros: number | null, context: EvalContext,
): RowGroups {
  const rows = rowsOfBatch(batch)
  const keys = aggregation.keys.map(k => (k === null ? (windows as Vector) : k(rows, context)))
  const ends = groupEnds(aggregation.stage.time, keys, batch.numRows)
  const dropped = ends === null ? noRows : rowsUpTo(ends, lateMicros)
  if (dropped.length === 0) return { batch, keys, ends, late: null }
  const late = { dropped, keys: keys.map(k => take(k, dropped)), pairs: dropped.length, input: lateInput(input, sourceRows, dropped) }
  return { batch, keys, ends, late }
}

function panedGroups(
  aggregation: CompiledAggregation, panes: PaneGeometry, input: RecordBatch, time: Vector, lateMicros: number | null, context: EvalContext,
): RowGroups {
  const all = windowTimes(time)
  const { rows: sourceRows, ends } = assignPanes(panes, all, time.validity, input.numRows)
  const batch = sourceRows === null ? input : takeRows(input, sourceRows)
  const rows = rowsOfBatch(batch)
  const others = aggregation.keys.flatMap(k => (k === null ? [] : [k(rows, context)]))
  const keys = [float64Vector(timestampType, ends), ...others]
  // A window ends no earlier than its panes.
  const suspects = rowsUpTo(ends, lateMicros)
  if (suspects.length === 0) return { batch, keys, ends, late: null }
  const times = Float64Array.from(suspects, i => all[sourceRows === null ? i : sourceRows[i]])
  const late = lateWindows(aggregation.window as CompiledWindow, suspects, times, lateMicros as number)
  if (late.rows.length === 0) return { batch, keys, ends, late: null }
  const lateKeys = others.map(k => take(k, late.rows))
  lateKeys.splice((aggregation.window as CompiledWindow).key, 0, windowColumn(late.starts, panes.sizeMicros, late.rows.length))
  return { batch, keys, ends, late: { dropped: late.dropped, keys: lateKeys, pairs: late.rows.length, input: lateInput(input, sourceRows, late.rows) } }
}

/**
 * The windows that rows with these times are late for, as pairs of row and window start, and the rows for which all are.
 * A row that is late for some of its windows goes into its pane all the same: those windows are emitted and gone.
 */
function lateWindows(window: CompiledWindow, rows: Int32Array, times: Float64Array, lateMicros: number): { readonly rows: Int32Array; readonly starts: Float64Array; readonly dropped: Int32Array } {
  const { sizeMicros, slideMicros, startMicros } = window
  const pairs = assignWindows(times, null, times.length, sizeMicros, slideMicros, startMicros)
  const lateRows: number[] = []
  const lateStarts: number[] = []
  const open = new Uint8Array(rows.length)
  for (let p = 0; p < pairs.starts.length; p++) {
    const k = pairs.rows === null ? p : pairs.rows[p]
    if (pairs.starts[p] + sizeMicros > lateMicros) {
      open[k] = 1
      continue
    }
    lateRows.push(rows[k])
    lateStarts.push(pairs.starts[p])
  }
  return { rows: Int32Array.from(lateRows), starts: Float64Array.from(lateStarts), dropped: rows.filter((_, k) => open[k] === 0) }
}

/** Rows whose time is at or before a limit; none without one. */
function rowsUpTo(ends: Float64Array, limit: number | null): Int32Array {
  if (limit === null) return noRows
  let n = 0
  for (let i = 0; i < ends.length; i++) if (ends[i] <= limit) n++
  if (n === 0) return noRows
  const rows = new Int32Array(n)
  for (let i = 0, k = 0; i < ends.length; i++) if (ends[i] <= limit) rows[k++] = i
  return rows
}

/** A row that was late for several sliding windows is handed over once. */
function lateInput(input: RecordBatch, sourceRows: Int32Array | null, late: Int32Array): RecordBatch {
  return takeRows(input, Int32Array.from(new Set(sourceRows === null ? late : late.map(i => sourceRows[i]))))
}

const noRows = new Int32Array(0)
