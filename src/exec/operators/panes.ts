import { assignWindows, lastStart } from '../../expr/functions/window-assign.ts'

/**
 * Sliding windows cut into panes: pieces of time of one length such that every window is a row of whole panes. State is
 * kept per pane, so that a row changes one group instead of size / slide of them.
 *
 *   windows   [———————————)           size 10, slide 4
 *                 [———————————)
 *   panes     |—|—|—|—|—|—|—|         gcd(10, 4) = 2
 */
export interface PaneGeometry {
  readonly sizeMicros: number
  readonly slideMicros: number
  readonly startMicros: number
  readonly paneMicros: number
}

/** A window and the panes of a list that lie in it: those from `first` up to, not including, `last`. */
export interface PanedWindow {
  readonly startMicros: number
  readonly endMicros: number
  readonly first: number
  readonly last: number
}

/** A slide of more panes than this makes so many small tables that keeping whole windows is less work. */
const mostPanesPerSlide = 16

/** The length of panes for windows of this size and slide (microseconds); null where panes would not help. */
export function paneMicros(sizeMicros: number, slideMicros: number): number | null {
  if (sizeMicros <= slideMicros) return null
  let [a, b] = [sizeMicros, slideMicros]
  while (b !== 0) [a, b] = [b, a % b]
  return slideMicros / a <= mostPanesPerSlide ? a : null
}

/** Beyond it some edges of windows are no exact float64. */
const safeMicros = 2 ** 51

/**
 * The pane of each time; rows without one vanish, as in {@link assignWindows}, and what it raises is raised.
 * `ends[i]` is the end of the pane of pair i.
 */
export function assignPanes(panes: PaneGeometry, times: Float64Array, validity: Uint8Array | null, length: number): { readonly rows: Int32Array | null; readonly ends: Float64Array } {
  const { sizeMicros, slideMicros, startMicros, paneMicros } = panes
  const { rows, starts: ends } = assignWindows(times, validity, length, paneMicros, paneMicros, startMicros)
  let far = false
  for (let i = 0; i < ends.length; i++) {
    if (!(ends[i] > -safeMicros && ends[i] < safeMicros)) far = true
    ends[i] += paneMicros
  }
  // The windows that such a row is in are looked at one by one, for the error that they may be.
  if (far) assignWindows(times, validity, length, sizeMicros, slideMicros, startMicros)
  return { rows, ends }
}

/** The end of the first window that ends after a time: the earliest that this time can be in. */
export function firstEndAfter(panes: PaneGeometry, time: number): number {
  return lastStart(time, panes.slideMicros, panes.startMicros + panes.sizeMicros) + panes.slideMicros
}

/** The end of the last window that a pane is in. */
export function lastEndOf(panes: PaneGeometry, paneEnd: number): number {
  return lastStart(paneEnd - panes.paneMicros, panes.slideMicros, panes.startMicros) + panes.sizeMicros
}

/**
 * The windows that hold some of the panes (given by their ends, ascending) and end after `after` and at or before `upTo`,
 * in order. Times in which there is no pane cost nothing.
 */
export function* windowsOver(panes: PaneGeometry, paneEnds: readonly number[], after: number, upTo: number): Iterable<PanedWindow> {
  const { sizeMicros, slideMicros, paneMicros } = panes
  if (paneEnds.length === 0) return
  let first = 0
  let last = 0
  let end = firstEndAfter(panes, Math.max(after, paneEnds[0] - paneMicros))
  while (end <= upTo) {
    const start = end - sizeMicros
    while (first < paneEnds.length && paneEnds[first] <= start) first++
    if (first === paneEnds.length) return
    while (last < paneEnds.length && paneEnds[last] <= end) last++
    if (last > first) {
      yield { startMicros: start, endMicros: end, first, last }
      end += slideMicros
    } else end = firstEndAfter(panes, paneEnds[first] - paneMicros)
  }
}
