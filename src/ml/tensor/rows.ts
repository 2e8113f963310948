import type { RefusedRow } from '../model.ts'
import type { Feed } from './feed.ts'

/** Which rows of a batch can be given to a network, and why the others cannot. */
export interface Sorted {
  /** Ascending, `count` of them. */
  readonly picked: Int32Array
  readonly count: number
  readonly refused: readonly RefusedRow[]
  /** Where, in `picked`, a row has other lengths in its open dimensions than the one before; ascending. */
  readonly breaks: readonly number[]
  /** Shapes of the rows from each break on, one for each feed; the first entry is for the rows from the start. */
  readonly shapes: readonly (readonly (readonly number[])[])[]
}

/** Looks at every row before the first is scored: native runtimes stop a whole batch for one bad row. */
export function sortRows(feeds: readonly Feed[], rows: number): Sorted {
  const picked = new Int32Array(rows)
  // Each feed is asked: fill() uses what it finds.
  const areFitting = feeds.map(feed => feed.fitsAll(rows))
  if (rows > 0 && !areFitting.includes(false)) {
    for (let row = 0; row < rows; row++) picked[row] = row
    return { picked, count: rows, refused: [], breaks: [], shapes: [feeds.map(feed => feed.dims)] }
  }
  const refused: RefusedRow[] = []
  const breaks: number[] = []
  const shapes: (readonly (readonly number[])[])[] = []
  const isOpen = feeds.some(feed => feed.spec.shape.includes(null))
  let count = 0
  for (let row = 0; row < rows; row++) {
    let verdict = 'fits'
    for (const feed of feeds) {
      verdict = feed.look(row)
      if (verdict !== 'fits') break
    }
    if (verdict === 'fits') {
      if (shapes.length === 0) shapes.push(feeds.map(feed => feed.dims))
      else if (isOpen && !sameShapes(feeds, shapes[shapes.length - 1])) {
        breaks.push(count)
        shapes.push(feeds.map(feed => feed.dims))
      }
      picked[count++] = row
    } else if (verdict !== 'missing') refused.push({ row, message: verdict })
  }
  return { picked, count, refused, breaks, shapes }
}

function sameShapes(feeds: readonly Feed[], shapes: readonly (readonly number[])[]): boolean {
  return feeds.every((feed, k) => feed.dims.every((d, i) => d === shapes[k][i]))
}

/** Stretches of rows of one shape, at most `chunkRows` long; `shape` counts in `shapes`. */
export function* chunksOf({ count, breaks }: Sorted, chunkRows: (shape: number) => number): Generator<{ from: number; to: number; shape: number }> {
  for (let shape = 0; shape <= breaks.length; shape++) {
    const end = breaks[shape] ?? count
    const size = chunkRows(shape)
    for (let from = breaks[shape - 1] ?? 0; from < end; from += size) yield { from, to: Math.min(end, from + size), shape }
  }
}
