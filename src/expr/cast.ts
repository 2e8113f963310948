import { type DataType, sameType } from '../columnar/data-type.ts'
import { nullVector } from '../columnar/vector.ts'
import { type CastKernel, safe } from './casts/cast-kernel.ts'
import { nestedCastKernel } from './casts/nested-casts.ts'
import { numberCastKernel } from './casts/number-casts.ts'
import { stringCastKernel } from './casts/string-casts.ts'
import { timeCastKernel } from './casts/time-casts.ts'
import { toStringCastKernel } from './casts/to-string-casts.ts'

const identity = safe(input => input)

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
  const kernel = safe((_input, length) => nullVector(to, length))
  kernel.nullable = true
  return kernel
}
