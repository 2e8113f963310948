import { durationMicros, type Duration } from '../common/duration.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import { call, isColumn, makeColumn } from './column.ts'
import type { Column, ColumnLike } from './column-types.ts'
import type { WindowExpr } from './expr.ts'
import { checkWindow } from './functions/window-assign.ts'

/** The value of a window column: start is in the window, end is not. */
export interface WindowValue {
  start: Date
  end: Date
}

/** A window over a column by name, for groupBy(): it becomes the column `window`. */
export interface WindowKey<N extends string> {
  readonly kind: 'window'
  readonly column: N
  readonly expr: WindowExpr
  readonly '~type'?: WindowValue
}

export interface WindowOptions {
  /** Distance of two windows; default: the size (tumbling). */
  readonly slide?: Duration
  /** Where the first window starts, relative to the epoch in UTC; may be negative. */
  readonly start?: Duration | `-${Duration}`
}

/** Lengths of time are looked at where their errors can name them. */
const length = (doc: string) => optional(option.value<string>('', doc, 'a length of time such as "10 minutes"', value => typeof value === 'string'))
const windowOptions = optionTable({
  slide: length('Distance of two windows.'),
  start: length('Where the first window starts.'),
})

/** What window() takes: the name of a time column, or such a column in a callback. */
type WindowTime = string | ColumnLike<Date | WindowValue | null>

/**
 * Event-time windows [start, end), aligned to the epoch in UTC: for groupBy() over a column by name,
 * `groupBy(window('event_time', '1 hour'), 'origin')`, and there or in select() over a column in a callback. Rows without a time are in none.
 * Rule: semantics of window() in Spark 4.2.
 * @throws AnalysisError PLAN_INVALID_DURATION, PLAN_WINDOW_INVALID, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION; TypeError
 */
export function window<const T extends WindowTime>(time: T, size: Duration, options: WindowOptions = {}): T extends string ? WindowKey<T> : Column<WindowValue> {
  const sizeMicros = durationMicros(size, 'window size')
  if (typeof options !== 'object' || options === null) throw notOptions(options)
  const { slide, start } = resolveOptions(windowOptions, options as { readonly [name: string]: unknown }, 'window()')
  const slideMicros = slide === undefined ? sizeMicros : durationMicros(slide, 'window slide')
  const startMicros = start === undefined ? 0 : durationMicros(start, 'window start')
  checkWindow(sizeMicros, slideMicros, startMicros)
  if (typeof time !== 'string' && !isColumn(time)) throw new TypeError('window() takes the name of a time column, or in a callback the column itself.')
  const input = typeof time === 'string' ? ({ kind: 'column', name: time } as const) : (time as ColumnLike<unknown>).expr
  const expr: WindowExpr = Object.freeze({ kind: 'window', input, sizeMicros, slideMicros, startMicros })
  const result: unknown = typeof time === 'string' ? Object.freeze({ kind: 'window', column: time, expr }) : makeColumn(expr)
  return result as T extends string ? WindowKey<T> : Column<WindowValue>
}

function notOptions(given: unknown): TypeError {
  return new TypeError(`window() takes its options as an object, but got ${typeof given === 'string' ? JSON.stringify(given) : String(given)}. For windows that slide write window("time", "1 hour", { slide: "10 minutes" }).`)
}

/** The event time that a window stands for: its last microsecond. A second window may follow over it. */
export function windowTime(window: ColumnLike<WindowValue>): Column<Date> {
  return call('window_time', window)
}
