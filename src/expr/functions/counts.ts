import type { Vector } from '../../columnar/vector.ts'
import type { ResolvedArgument } from '../function-table.ts'

/** Whether an argument counts whole things: a fraction is refused rather than cut. */
export function isCount(arg: ResolvedArgument): boolean {
  return arg.type.kind !== 'float64'
}

/** Numbers of any whole or fractional type as float64. */
export function numbersOf(v: Vector, length: number): ArrayLike<number> {
  if (!(v.values instanceof BigInt64Array)) return v.values as Int32Array | Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = Number(v.values[i])
  return out
}
