import type { Vector } from '../../columnar/vector.ts'
import { isNullAt } from '../../columnar/vector.ts'
import { timelessBucket } from '../../state/state.ts'
import type { AggregationTime } from '../physical-plan.ts'

/** Width of the buckets of groups whose time is a bare timestamp; a window's bucket is its end. */
const timestampBucketMicros = 60e6

/**
 * When the group of row i ends (microseconds), by its key columns: the window's end, or the timestamp itself.
 * NaN for a group without a time (null keys): it is never late and never closed.
 */
export function groupEnds(time: AggregationTime, keys: readonly Vector[], length: number): Float64Array | null {
  if (time.kind === 'none') return null
  const key = keys[time.key]
  const source = time.kind === 'window' ? key.children[1] : key
  if (key.validity === null && source.validity === null) return (source.values as Float64Array).subarray(0, length)
  const values = source.values as Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = isNullAt(key, i) || isNullAt(source, i) ? NaN : values[i]
  return out
}

/** The bucket of a group that ends at `end`: for a timestamp key, an upper bound of its times. */
export function bucketOf(time: AggregationTime, end: number): number {
  if (end !== end) return timelessBucket
  if (time.kind === 'window') return end
  return Math.floor(end / timestampBucketMicros) * timestampBucketMicros + timestampBucketMicros
}

/** How the watermark meets a bucket: all of its groups are closed, some may be, or none is. */
export function closedBy(time: AggregationTime, bucket: number, evictMicros: number): 'all' | 'some' | 'none' {
  if (bucket === timelessBucket) return 'none'
  if (bucket <= evictMicros) return 'all'
  if (time.kind === 'time' && bucket - timestampBucketMicros <= evictMicros) return 'some'
  return 'none'
}
