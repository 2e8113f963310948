import { type DataType, sameType } from '../columnar/data-type.ts'
import { nullVector, type Vector } from '../columnar/vector.ts'
import { nestedCastKernel } from './casts/nested-casts.ts'
import { numberCastKernel } from './casts/number-casts.ts'
import { stringCastKernel } from './casts/string-casts.ts'
import { timeCastKernel } from './casts/time-casts.ts'
import { toStringCastKernel } from './casts/to-string-casts.ts'
import type { EvalContext } from './function-table.ts'

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

const identity: CastKernel = input => input
identity.safe = true

/** The kernel for a pair of types, undefined when such a cast is never possible (the table of ANSI SQL as Spark has it). */
export function castKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (sameType(from, to)) return identity
  if (from.kind === 'null') return nullCast(to)
  if (isTime(from) || isTime(to)) return timeCastKernel(from, to, mode)
  if (to.kind === 'string') return toStringCastKernel(from)
  if (from.kind === 'string') return stringCastKernel(to, mode)
  return numberCastKernel(from, to, mode) ?? nestedCastKernel(from, to, mode)
}

function isTime(type: DataType): boolean {
  return type.kind === 'date' || type.kind === 'timestamp'
}

function nullCast(to: DataType): CastKernel {
  const kernel: CastKernel = (_input, length) => nullVector(to, length)
  kernel.safe = true
  kernel.nullable = true
  return kernel
}
