import { durationText } from '../../common/duration.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { exactSum, floorMod } from '../../columnar/text/civil.ts'
import { timestampNotExact } from '../casts/time-casts.ts'

/** Which windows rows belong to. */
export interface WindowAssignment {
  /** Row of each pair; null when pair i is row i (tumbling windows over times that are all present). */
  readonly rows: Int32Array | null
  /** Start of the window of each pair, microseconds; it ends `sizeMicros` later, exclusively. */
  readonly starts: Float64Array
}

/**
 * Assigns times (microseconds) to windows [start, start + size) whose starts are `startMicros` plus whole multiples of
 * `slideMicros` since the epoch in UTC. Rows in order; of one row the latest window first; rows without a time vanish.
 * The arguments are those that {@link checkWindow} lets through. Rule: semantics of window() in Spark 4.2.
 * @throws QueryError EXPR_TIMESTAMP_NOT_EXACT where an edge of a window is no exact float64
 */
export function assignWindows(
  times: Float64Array,
  validity: Uint8Array | null,
  length: number,
  sizeMicros: number,
  slideMicros: number,
  startMicros: number,
): WindowAssignment {
  return sizeMicros === slideMicros
    ? assignTumbling(times, validity, length, sizeMicros, startMicros)
    : assignSliding(times, validity, length, sizeMicros, slideMicros, startMicros)
}

/** Sums and products of times below this cannot lose a microsecond. */
const safeMicros = 2 ** 52

function assignTumbling(times: Float64Array, validity: Uint8Array | null, length: number, size: number, start: number): WindowAssignment {
  const starts = new Float64Array(length)
  const rows = validity === null ? null : new Int32Array(length)
  let n = 0
  for (let i = 0; i < length; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    starts[n] = lastStart(times[i], size, start)
    checkEdge(starts[n], size)
    if (rows !== null) rows[n] = i
    n++
  }
  return { rows: rows === null ? null : rows.subarray(0, n), starts: starts.subarray(0, n) }
}

function assignSliding(
  times: Float64Array, validity: Uint8Array | null, length: number, size: number, slide: number, start: number,
): WindowAssignment {
  const most = Math.ceil(size / slide)
  const rows = new Int32Array(length * most)
  const starts = new Float64Array(length * most)
  let n = 0
  for (let i = 0; i < length; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    const last = lastStart(times[i], slide, start)
    // The distance from a window's start to the time is small and exact where the sum start + size may not be.
    const distance = times[i] - last
    for (let k = 0; k < most && distance + k * slide < size; k++) {
      const first = exactSum(last, -(k * slide))
      checkEdge(first, size)
      rows[n] = i
      starts[n++] = first
    }
  }
  return { rows: rows.subarray(0, n), starts: starts.subarray(0, n) }
}

/** The latest start at or before a time, all in microseconds. */
export function lastStart(time: number, slide: number, start: number): number {
  if (time < safeMicros && time > -safeMicros) {
    const shifted = time - start
    const first = Math.floor(shifted / slide) * slide
    const rest = shifted - first
    // The division can round across a whole number; the difference shows it.
    return start + (rest < 0 ? first - slide : rest >= slide ? first + slide : first)
  }
  // Remainders are exact for every float64, so that only the last step can be beyond its precision.
  const rest = floorMod(floorMod(time, slide) - floorMod(start, slide), slide)
  return exactSum(time, -rest)
}

function checkEdge(start: number, size: number): void {
  if (start > -safeMicros && start < safeMicros) return
  if (Number.isNaN(exactSum(start, size))) throw timestampNotExact(`a window of ${size} microseconds beside ${start} microseconds since the epoch`)
}

/**
 * Checks the lengths of a window, all in microseconds.
 * @throws AnalysisError PLAN_WINDOW_INVALID: size or slide not positive, slide above size, start not within a slide
 */
export function checkWindow(sizeMicros: number, slideMicros: number, startMicros: number): void {
  if (sizeMicros <= 0) throw notPositive('size', sizeMicros)
  if (slideMicros <= 0) throw notPositive('slide', slideMicros)
  if (slideMicros > sizeMicros) {
    throw invalid(`slides by ${durationText(slideMicros)}, more than its size of ${durationText(sizeMicros)}, so that times between would be in no window. Make the slide at most the size.`, { sizeMicros, slideMicros })
  }
  if (Math.abs(startMicros) >= slideMicros) {
    throw invalid(`starts ${durationText(startMicros)} after the epoch, which is not less than its slide of ${durationText(slideMicros)}. Give the rest of the division by the slide.`, { startMicros, slideMicros })
  }
}

function notPositive(what: string, value: number): MillraceError {
  return makeError('PLAN_WINDOW_INVALID', `The window has a ${what} of ${durationText(value)}, which is not positive. Give a length of time such as "10 minutes".`, {
    context: { what, value },
    spark: 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
  })
}

function invalid(problem: string, context: { readonly [name: string]: number }): MillraceError {
  return makeError('PLAN_WINDOW_INVALID', `The window ${problem}`, { context })
}
