import { field, int64Type, isWindowType, timestampType, windowType } from '../../columnar/data-type.ts'
import { isNullAt, Vector } from '../../columnar/vector.ts'
import type { FunctionEntry } from '../function-table.ts'
import type { Generated, GeneratorEntry, GeneratorSignature } from '../generator-table.ts'
import { signature } from './define.ts'
import { assignWindows } from './window-assign.ts'

/** Event times of a window() call in microseconds; a window stands for its last microsecond. */
export function windowTimes(time: Vector): Float64Array {
  if (time.type.kind !== 'struct') return time.values as Float64Array
  const ends = time.children[1].values as Float64Array
  const out = new Float64Array(time.length)
  for (let i = 0; i < time.length; i++) out[i] = isNullAt(time, i) ? NaN : ends[i] - 1
  return out
}

/** The windows with these starts as a column. */
export function windowColumn(starts: Float64Array, sizeMicros: number, length: number): Vector {
  const ends = new Float64Array(length)
  for (let i = 0; i < length; i++) ends[i] = starts[i] + sizeMicros
  return new Vector(windowType, length, null, null, null, [
    new Vector(timestampType, length, null, starts.subarray(0, length)),
    new Vector(timestampType, length, null, ends),
  ])
}

/**
 * window() outside of groupBy(): a row for each window that it falls in, none where it has no time. Size, slide and start
 * are literals in microseconds; the lengths were checked where the query was written.
 */
export const windowGenerator: GeneratorEntry = {
  name: 'window',
  arity: [4, 4],
  usage: 'window(time: timestamp, size, slide, start)',
  doc: 'A row for each window of the time.',
  resolve: (args): GeneratorSignature | undefined => {
    const [time, ...lengths] = args
    const overWindow = isWindowType(time.type)
    if (!overWindow && !['timestamp', 'date', 'string', 'null'].includes(time.type.kind)) return undefined
    const [size, slide, start] = lengths.map(l => Number(l.literal))
    return {
      args: [overWindow ? time.type : timestampType, int64Type, int64Type, int64Type],
      fields: [field('window', windowType, false)],
      kernel: ([times], length): Generated => {
        const assigned = assignWindows(windowTimes(times), times.validity, length, size, slide, start)
        const rows = assigned.rows ?? Int32Array.from({ length }, (_, i) => i)
        return { rows, columns: [windowColumn(assigned.starts, size, rows.length)] }
      },
    }
  },
}

export const windowFunctions: readonly FunctionEntry[] = [
  {
    name: 'window_time',
    arity: [1, 1],
    usage: 'window_time(window) -> timestamp',
    doc: 'The event time that a window stands for: its last microsecond. A second window may follow over it.',
    safe: true,
    resolve: ([window]) =>
      isWindowType(window.type)
        ? signature([window.type], timestampType, ([w], length, validity) => {
            const out = Float64Array.from(windowTimes(w))
            return new Vector(timestampType, length, validity, out)
          })
        : undefined,
  },
]
