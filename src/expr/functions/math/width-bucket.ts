import { float64Type, int64Type, integerType } from '../../../columnar/data-type.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { overflow } from '../arithmetic.ts'
import { rowFunction } from '../define.ts'

const max64 = 2n ** 63n - 1n

/** A double cut to 64 bits as the JVM does it: what lies beyond is the last number, NaN is 0. */
function cut64(x: number): bigint {
  if (Number.isNaN(x)) return 0n
  return x >= 2 ** 63 ? max64 : x <= -(2 ** 63) ? -max64 - 1n : BigInt(Math.trunc(x))
}

/**
 * Bounds may be given in either order; null where there are no buckets (or as many as the type holds), or the bounds are
 * equal or not finite. A distance that no double holds makes a number of 64 bits go round, as in Spark.
 */
function bucketOf(value: number, min: number, max: number, buckets: bigint): bigint | null {
  if (buckets <= 0n || buckets === max64 || Number.isNaN(value) || min === max || !Number.isFinite(min) || !Number.isFinite(max)) return null
  const [below, above] = min < max ? [value < min, value >= max] : [value > min, value <= max]
  if (below) return 0n
  if (above) return buckets + 1n
  return BigInt.asIntN(64, cut64((Number(buckets) * Math.abs(value - min)) / Math.abs(max - min)) + 1n)
}

const ofInteger = rowFunction({
  name: 'width_bucket',
  args: [float64Type, float64Type, float64Type, integerType],
  result: integerType,
  nullable: true,
  usage: 'width_bucket(value: double, min: double, max: double, buckets: bigint) -> bigint',
  doc: 'The number of the bucket, of equal ones between min and max, that the value falls into; 0 and buckets + 1 lie outside.',
  row: (value, min, max, buckets) => {
    const bucket = bucketOf(value, min, max, BigInt(buckets))
    if (bucket !== null && !Number.isSafeInteger(Number(bucket))) throw overflow(`width_bucket(${value}, ${min}, ${max}, ${buckets}) (integer)`)
    return bucket === null ? null : Number(bucket)
  },
})

const ofInt64 = rowFunction({ ...ofInteger, args: [float64Type, float64Type, float64Type, int64Type], result: int64Type, row: bucketOf })

/** An `integer`, or an int64 where the number of buckets is one. */
export const widthBucket: FunctionEntry = { ...ofInteger, resolve: args => (args[3].type.kind === 'int64' ? ofInt64 : ofInteger).resolve(args) }
