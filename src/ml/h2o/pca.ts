import { fail } from './errors.ts'
import { checkOffsets, checkVersion, type Mojo } from './mojo.ts'
import type { Block, Scorer, Scoring } from './scorer.ts'

const maxComponents = 100_000

/** Projections on the first principal components. */
export function readPca(mojo: Mojo): Scoring {
  checkVersion(mojo, 1)
  return { scorer: new Projection(mojo), extras: [] }
}

class Projection implements Scorer {
  readonly width: number
  readonly #categories: number
  readonly #numbers: number
  readonly #skipFirst: boolean
  /** Which feature stands at each place: categories first. */
  readonly #permutation: Int32Array
  readonly #offsets: Int32Array
  readonly #sub: Float64Array
  readonly #mul: Float64Array
  /** Row-major, a column per component. */
  readonly #vectors: Float64Array

  constructor({ info, features, files }: Mojo) {
    this.width = info.count('k', maxComponents)
    this.#categories = info.count('ncats', features)
    this.#numbers = info.count('nnums', features)
    if (this.#categories + this.#numbers !== features) throw fail(`model.ini has ${this.#categories} categorical and ${this.#numbers} numeric features of ${features}`)
    this.#skipFirst = !info.boolean('use_all_factor_levels')
    this.#permutation = info.int32s('permutation', features)
    if (this.#permutation.some(p => p < 0 || p >= features)) throw fail('"permutation" of model.ini names a feature that is not there')
    this.#offsets = info.int32s('catOffsets')
    checkOffsets(this.#offsets, this.#categories, 'catOffsets')
    this.#sub = this.#numbers === 0 ? new Float64Array(0) : info.numbers('normSub', this.#numbers)
    this.#mul = this.#numbers === 0 ? new Float64Array(0) : info.numbers('normMul', this.#numbers)
    this.#vectors = readVectors(files.read('eigenvectors_raw'), this.#offsets[this.#categories] + this.#numbers, this.width)
  }

  score({ rows, matrix, predictions }: Block): void {
    const k = this.width
    const categories = this.#categories
    const features = categories + this.#numbers
    const numberBase = this.#offsets[categories]
    predictions.fill(0)
    for (let r = 0; r < rows; r++) {
      const out = r * k
      for (let j = 0; j < categories; j++) {
        const code = matrix[r * features + this.#permutation[j]]
        const level = code - Number(this.#skipFirst)
        // A missing or dropped category adds nothing; neither does one that was not there in training.
        if (!(level >= 0 && level < this.#offsets[j + 1] - this.#offsets[j])) continue
        const from = (this.#offsets[j] + level) * k
        for (let i = 0; i < k; i++) predictions[out + i] += this.#vectors[from + i]
      }
      for (let j = 0; j < this.#numbers; j++) {
        const x = (matrix[r * features + this.#permutation[categories + j]] - this.#sub[j]) * this.#mul[j]
        const from = (numberBase + j) * k
        for (let i = 0; i < k; i++) predictions[out + i] += x * this.#vectors[from + i]
      }
    }
  }
}

/** 64-bit floats, the highest byte first, whatever the file says of its other parts. */
function readVectors(bytes: Uint8Array, size: number, k: number): Float64Array {
  if (bytes.length !== size * k * 8) throw fail(`"eigenvectors_raw" has ${bytes.length} bytes instead of ${size * k * 8}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Float64Array.from({ length: size * k }, (_, i) => view.getFloat64(i * 8))
}
