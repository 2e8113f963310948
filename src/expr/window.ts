import { durationMicros, type Duration } from '../common/duration.ts'
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

/** What window() takes: the name of a time column, or such a column in a callback. */
type WindowTime = string | ColumnLike<Date | WindowValue | null>

/**
 * Event-time windows [start, end), aligned to the epoch in UTC: for groupBy() over a column by name,
 * `groupBy(window('event_time', '1 hour'), 'origin')`, and there or in select() over a column in a callback. Rows without a time are in none.
 * Rule: semantics of window() in Spark 4.2.
 * @throws AnalysisError PLAN_INVALID_DURATION, PLAN_WINDOW_INVALID
 */
export function window<const T extends WindowTime>(time: T, size: Duration, options: WindowOptions = {}): T extends string ? WindowKey<T> : Column<WindowValue> {
  const sizeMicros = durationMicros(size, 'window size')
  const slideMicros = options.slide === undefined ? sizeMicros : durationMicros(options.slide, 'window slide')
  const startMicros = options.start === undefined ? 0 : durationMicros(options.start, 'window start')
  checkWindow(sizeMicros, slideMicros, startMicros)
  if (typeof time !== 'string' && !isColumn(time)) throw new TypeError('window() takes the name of a time column, or in a callback the column itself.')
  const input = typeof time === 'string' ? ({ kind: 'column', name: time } as const) : (time as ColumnLike<unknown>).expr
  const expr: WindowExpr = Object.freeze({ kind: 'window', input, sizeMicros, slideMicros, startMicros })
  const result: unknown = typeof time === 'string' ? Object.freeze({ kind: 'window', column: time, expr }) : makeColumn(expr)
  return result as T extends string ? WindowKey<T> : Column<WindowValue>
}

/** The event time that a window stands for: its last microsecond. A second window may follow over it. */
export function windowTime(window: ColumnLike<WindowValue>): Column<Date> {
  return call('window_time', window)
}
