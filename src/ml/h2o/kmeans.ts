import { vectorType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import { fail } from './errors.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import type { Block, Extra, Scorer, Scoring } from './scorer.ts'

const maxCenters = 1_000_000

/** The nearest of the cluster centres, counted from 0; −1 where every distance is infinite. */
export function readKMeans(mojo: Mojo): Scoring {
  checkVersion(mojo, 1)
  const distances = new Distances(mojo)
  return { scorer: new NearestCenter(distances), extras: [distancesOutput(distances)] }
}

/** Squared distances to the centres: categories count 1 when they differ, missing features as the mean of the others. */
class Distances {
  readonly centers: number
  readonly features: number
  readonly #centers: Float64Array
  readonly #isCategory: Uint8Array
  readonly #standard: { readonly means: Float64Array; readonly mults: Float64Array; readonly modes: Int32Array } | undefined
  readonly #row: Float64Array

  constructor({ info, features, domains }: Mojo) {
    this.features = features
    this.centers = info.count('center_num', maxCenters)
    if (this.centers === 0) throw fail('it has no cluster centres')
    // Each centre is read before the matrix is made, so that a large count alone takes no memory.
    const rows = Array.from({ length: this.centers }, (_, c) => info.numbers(`center_${c}`, features))
    this.#centers = new Float64Array(this.centers * features)
    rows.forEach((row, c) => this.#centers.set(row, c * features))
    this.#isCategory = Uint8Array.from({ length: features }, (_, f) => Number(domains[f] !== undefined))
    if (info.boolean('standardize')) {
      this.#standard = {
        means: info.numbers('standardize_means', features),
        mults: info.numbers('standardize_mults', features),
        modes: info.int32s('standardize_modes', features),
      }
    }
    this.#row = new Float64Array(features)
  }

  of(matrix: Float64Array, from: number, out: Float64Array, at: number): void {
    const features = this.features
    const row = this.#row
    let present = 0
    for (let f = 0; f < features; f++) {
      row[f] = this.#standardized(matrix[from + f], f)
      if (row[f] === row[f]) present++
    }
    const scale = present > 0 && present < features ? features / present : 1
    for (let c = 0; c < this.centers; c++) {
      let sum = 0
      for (let f = 0; f < features; f++) {
        const x = row[f]
        if (x !== x) continue
        const delta = x - this.#centers[c * features + f]
        sum += this.#isCategory[f] === 1 ? Number(delta !== 0) : delta * delta
      }
      out[at + c] = sum * scale
    }
  }

  #standardized(x: number, f: number): number {
    if (this.#standard === undefined) return x
    const { means, mults, modes } = this.#standard
    if (modes[f] !== -1) return x !== x ? modes[f] : x
    return ((x !== x ? means[f] : x) - means[f]) * mults[f]
  }
}

class NearestCenter implements Scorer {
  readonly width = 1
  readonly #distances: Distances
  readonly #of: Float64Array

  constructor(distances: Distances) {
    this.#distances = distances
    this.#of = new Float64Array(distances.centers)
  }

  score({ rows, matrix, predictions }: Block): void {
    const { features } = this.#distances
    for (let r = 0; r < rows; r++) {
      this.#distances.of(matrix, r * features, this.#of, 0)
      let best = -1
      let least = Number.MAX_VALUE
      for (let c = 0; c < this.#of.length; c++) {
        if (this.#of[c] < least) {
          best = c
          least = this.#of[c]
        }
      }
      predictions[r] = best
    }
  }
}

function distancesOutput(distances: Distances): Extra {
  const type = vectorType(distances.centers)
  return {
    output: { name: 'distances', type, nullable: false, library: 'distances' },
    width: distances.centers,
    compute(matrix, rows, out) {
      for (let r = 0; r < rows; r++) distances.of(matrix, r * distances.features, out, r * distances.centers)
    },
    vector: (values, rows) => new Vector(type, rows, null, values),
  }
}
