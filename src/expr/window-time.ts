import { isWindowType, timestampType, typeName } from '../columnar/data-type.ts'
import type { Schema } from '../columnar/schema.ts'
import { makeError } from '../common/errors.ts'
import type { Expr } from './expr.ts'
import { castTo, resolve, type ResolvedExpr } from './resolve.ts'

/**
 * What window() stands over: a timestamp, a window (whose time is its end less one microsecond), or what becomes a
 * timestamp by itself, such as text.
 * @throws AnalysisError PLAN_TYPE_MISMATCH
 */
export function resolveWindowTime(expr: Expr, schema: Schema): ResolvedExpr {
  const time = resolve(expr, schema, 'window()')
  if (time.type.kind === 'timestamp' || isWindowType(time.type)) return time
  if (time.type.kind === 'string' || time.type.kind === 'date' || time.type.kind === 'null') return castTo(time, timestampType, 'ansi', 'window()')
  throw makeError('PLAN_TYPE_MISMATCH', `window() needs a timestamp, but got ${typeName(time.type)}. Convert it first, for example with toTimestamp().`, {
    context: { type: typeName(time.type) },
  })
}
