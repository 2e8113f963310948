import { seeded } from './seeded.ts'
import type { TrainingSet } from './training-set.ts'

export interface KMeansOptions {
  readonly k: number
  readonly seed: number
  readonly maxIter: number
  /** Centres that move no farther than this have come to rest. */
  readonly tol: number
  readonly distanceMeasure: 'euclidean' | 'cosine'
}

export interface Clusters {
  /** Fewer than k where there are not as many different rows. */
  readonly centres: readonly Float64Array[]
  /** Sum of squared distances, for `cosine` of 1 − cos. */
  readonly cost: number
  readonly iterations: number
}

/**
 * Lloyd's iterations from a seeded start: greedy k-means++ (of several rows drawn by their squared distance the one that
 * lowers the cost most). For `cosine` rows and centres are of length 1, where the squared distance is 2 · (1 − cos).
 */
export function fitKMeans(set: TrainingSet, { k, seed, maxIter, tol, distanceMeasure }: KMeansOptions): Clusters {
  const isCosine = distanceMeasure === 'cosine'
  const blocks = set.blocks.map(({ features }) => (isCosine ? unitRows(features.toDense(), set.size) : features.toDense()))
  let centres = startingCentres(blocks, set, k, seeded(seed))
  let iterations = 0
  for (let moved = true; moved && iterations < maxIter; iterations++) {
    const next = means(blocks, set.size, centres, isCosine)
    moved = next.some((c, i) => distance(c, 0, centres[i], set.size) > tol * tol)
    centres = next
  }
  const cost = totalCost(blocks, set.size, centres)
  return { centres, cost: isCosine ? cost / 2 : cost, iterations }
}

function unitRows(rows: Float64Array, size: number): Float64Array {
  const out = rows.slice()
  for (let base = 0; base < out.length; base += size) scaleToUnit(out.subarray(base, base + size))
  return out
}

function scaleToUnit(x: Float64Array): void {
  let square = 0
  for (let i = 0; i < x.length; i++) square += x[i] * x[i]
  if (square > 0) for (let i = 0, length = Math.sqrt(square); i < x.length; i++) x[i] /= length
}

function distance(rows: Float64Array, base: number, centre: Float64Array, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) {
    const d = rows[base + i] - centre[i]
    sum += d * d
  }
  return sum
}

function startingCentres(blocks: readonly Float64Array[], { size, rows }: TrainingSet, k: number, random: () => number): Float64Array[] {
  const tries = 2 + Math.floor(Math.log(k))
  const rowAt = (row: number): Float64Array => {
    let block = 0
    while (row * size >= blocks[block].length) row -= blocks[block++].length / size
    return blocks[block].slice(row * size, (row + 1) * size)
  }
  const centres = [rowAt(Math.floor(random() * rows))]
  let nearest = distancesTo(blocks, size, rows, centres[0], undefined)
  while (centres.length < k && nearest.total > 0) {
    let best: { centre: Float64Array; to: Distances } | undefined
    for (let t = 0; t < tries; t++) {
      const centre = rowAt(draw(nearest, random()))
      const to = distancesTo(blocks, size, rows, centre, nearest.of)
      if (best === undefined || to.total < best.to.total) best = { centre, to }
    }
    if (best === undefined) break
    centres.push(best.centre)
    nearest = best.to
  }
  return centres
}

interface Distances {
  readonly of: Float64Array
  readonly total: number
}

function distancesTo(blocks: readonly Float64Array[], size: number, rows: number, centre: Float64Array, known: Float64Array | undefined): Distances {
  const of = new Float64Array(rows)
  let total = 0
  let row = 0
  for (const block of blocks) {
    for (let base = 0; base < block.length; base += size, row++) {
      const d = distance(block, base, centre, size)
      of[row] = known !== undefined && known[row] < d ? known[row] : d
      total += of[row]
    }
  }
  return { of, total }
}

/** A row by its distance; never one that is a centre already. */
function draw({ of, total }: Distances, at: number): number {
  let left = at * total
  let last = 0
  for (let row = 0; row < of.length; row++) {
    if (of[row] === 0) continue
    last = row
    left -= of[row]
    if (left < 0) return row
  }
  return last
}

/** The nearest centre of each row, the first of equally near ones; answers the sum of the distances. */
function assign(block: Float64Array, size: number, centres: readonly Float64Array[], nearest: Int32Array): number {
  const rows = block.length / size
  const least = new Float64Array(rows).fill(Infinity)
  // Centre by centre: its values stay in the cache.
  for (let c = 0; c < centres.length; c++) {
    const centre = centres[c]
    for (let row = 0, base = 0; row < rows; row++, base += size) {
      let sum = 0
      for (let i = 0; i < size; i++) {
        const d = block[base + i] - centre[i]
        sum += d * d
      }
      if (sum < least[row]) {
        least[row] = sum
        nearest[row] = c
      }
    }
  }
  let total = 0
  for (let row = 0; row < rows; row++) total += least[row]
  return total
}

/** The mean of each centre's rows; one without rows stays where it is. */
function means(blocks: readonly Float64Array[], size: number, centres: readonly Float64Array[], isCosine: boolean): Float64Array[] {
  const sums = centres.map(() => new Float64Array(size))
  const counts = new Float64Array(centres.length)
  for (const block of blocks) {
    const nearest = new Int32Array(block.length / size)
    assign(block, size, centres, nearest)
    for (let row = 0, base = 0; row < nearest.length; row++, base += size) {
      const sum = sums[nearest[row]]
      counts[nearest[row]]++
      for (let i = 0; i < size; i++) sum[i] += block[base + i]
    }
  }
  return sums.map((sum, c) => {
    if (counts[c] === 0) return centres[c]
    for (let i = 0; i < size; i++) sum[i] /= counts[c]
    if (isCosine) scaleToUnit(sum)
    return sum
  })
}

function totalCost(blocks: readonly Float64Array[], size: number, centres: readonly Float64Array[]): number {
  let cost = 0
  for (const block of blocks) cost += assign(block, size, centres, new Int32Array(block.length / size))
  return cost
}
