import type { DataType } from '../../columnar/data-type.ts'
import type { CastKernel } from '../cast.ts'

/** Casts from and to date and timestamp; undefined where there is none. */
export function timeCastKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  void from
  void to
  void mode
  return undefined
}
