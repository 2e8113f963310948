import { durationMicros, type Duration } from '../common/duration.ts'
import { checkWindow } from './functions/window-assign.ts'
import { type Column, type ColumnBase, isColumn, makeColumn } from './column.ts'
import type { WindowExpr } from './expr.ts'

/** A window over a column by name, for groupBy(): it becomes the column `window`. */
export interface WindowKey<N extends string> {
  readonly kind: 'window'
  readonly column: N
  readonly expr: WindowExpr
}

export interface WindowOptions {
  /** Distance of two windows; default: the size (tumbling). */
  readonly slide?: Duration
  /** Where the first window starts, relative to the epoch in UTC; may be negative. */
  readonly start?: Duration | `-${Duration}`
}

/** The value of a window column. */
export interface WindowValue {
  start: Date
  end: Date
}

/**
 * Event-time windows [start, end), aligned to the epoch in UTC: for groupBy() over a column by name,
 * `groupBy(window('event_time', '1 hour'), 'origin')`, and there or in select() over a column in a callback. Rows without a time are in none.
 * Rule: semantics of window() in Spark 4.2.
 * @throws AnalysisError PLAN_INVALID_DURATION, PLAN_WINDOW_INVALID
 */
export function window<const N extends string>(time: N, size: Duration, options?: WindowOptions): WindowKey<N>
export function window(time: Column<Date> | Column<Date | null> | Column<WindowValue>, size: Duration, options?: WindowOptions): Column<WindowValue>
export function window(time: string | ColumnBase<unknown>, size: Duration, options: WindowOptions = {}): unknown {
  const sizeMicros = durationMicros(size, 'window size')
  const slideMicros = options.slide === undefined ? sizeMicros : durationMicros(options.slide, 'window slide')
  const startMicros = options.start === undefined ? 0 : durationMicros(options.start, 'window start')
  checkWindow(sizeMicros, slideMicros, startMicros)
  const input = isColumn(time) ? time.expr : ({ kind: 'column', name: time as string } as const)
  const expr: WindowExpr = Object.freeze({ kind: 'window', input, sizeMicros, slideMicros, startMicros })
  return isColumn(time) ? makeColumn(expr) : Object.freeze({ kind: 'window', column: time, expr })
}
