import { type DataType, isIntegral, isNumeric, sameType } from '../columnar/data-type.ts'
import { retype, Vector } from '../columnar/vector.ts'
import { timeCastKernel } from './casts/time-casts.ts'
import type { EvalContext } from './function-table.ts'

/**
 * Computes a cast over a batch. Like a function kernel with strict nulls; in `try` mode a value that cannot be cast
 * becomes null where `ansi` raises EXPR_CAST_INVALID_INPUT or EXPR_CAST_OVERFLOW.
 */
export interface CastKernel {
  (input: Vector, length: number, context: EvalContext): Vector
  /** The result can be null although the input is not, in ANSI mode too. */
  nullable?: boolean
}

/** The kernel for a pair of types, undefined when such a cast is never possible. */
export function castKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (sameType(from, to)) return input => input
  if (isIntegral(from) && from.kind !== 'int64' && to.kind === 'float64') return input => widen(input, to)
  if (from.kind === 'int32' && to.kind === 'integer') return input => widen(input, to)
  void isNumeric
  return timeCastKernel(from, to, mode)
}

/** int32 or integer as float64 memory. */
function widen(input: Vector, to: DataType): Vector {
  if (input.values instanceof Float64Array) return retype(input, to)
  return new Vector(to, input.length, input.validity, Float64Array.from(input.values as Int32Array))
}
