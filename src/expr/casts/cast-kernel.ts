import type { Vector } from '../../columnar/vector.ts'
import type { EvalContext } from '../function-table.ts'

/**
 * Computes a cast over a batch. Like a function kernel with strict nulls; in `try` mode a value that cannot be cast
 * becomes null where `ansi` raises EXPR_CAST_INVALID_INPUT or EXPR_CAST_OVERFLOW.
 */
export interface CastKernel {
  (input: Vector, length: number, context: EvalContext): Vector
  /** The result can be null although the input is not, in ANSI mode too. */
  nullable?: boolean
  /** Never raises: the cast may be computed for rows whose value is not needed. */
  safe?: boolean
}

/** The kernel as one that never raises. */
export function safe(kernel: CastKernel): CastKernel {
  return Object.assign(((input, length, context) => kernel(input, length, context)) satisfies CastKernel, { safe: true })
}
