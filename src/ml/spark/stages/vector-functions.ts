import { Features, SparseBuilder } from '../features.ts'
import { matrixAt, matrixStruct, vectorAt, vectorStruct } from '../linalg.ts'
import { doublesOf } from '../params.ts'
import { sizeOf } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { transform } from './scalers.ts'

/** The size of the input, where the plan knows it. */
function inputSize({ params, planner }: StageContext): number | undefined {
  return sizeOf(planner.use(params.get('inputCol').text()))
}

/** Normalizer: every vector to length 1 in the p-norm; the zero vector stays as it is. */
export function normalizer(stage: StageContext): void {
  const p = stage.params.number('p', 2)
  transform(stage, inputSize(stage), features => {
    const norms = new Float64Array(features.rows)
    for (let row = 0; row < features.rows; row++) norms[row] = norm(features, row, p)
    const scale = norms.map(n => (n === 0 ? 1 : 1 / n))
    return scaleRows(features, scale)
  })
}

function norm(features: Features, row: number, p: number): number {
  let sum = 0
  if (p === Infinity) {
    features.forEach(row, (_, x) => {
      sum = Math.max(sum, Math.abs(x))
    })
    return sum
  }
  features.forEach(row, (_, x) => {
    sum += p === 1 ? Math.abs(x) : p === 2 ? x * x : Math.abs(x) ** p
  })
  return p === 1 ? sum : p === 2 ? Math.sqrt(sum) : sum ** (1 / p)
}

function scaleRows(features: Features, scale: Float64Array): Features {
  const { rows, size, dense, offsets, indices, values } = features
  if (dense !== null) {
    const out = new Float64Array(rows * size)
    for (let row = 0, at = 0; row < rows; row++) for (let i = 0; i < size; i++, at++) out[at] = dense[at] * scale[row]
    return Features.dense(rows, size, out)
  }
  const out = new Float64Array(values.length)
  for (let row = 0; row < rows; row++) for (let e = offsets[row]; e < offsets[row + 1]; e++) out[e] = values[e] * scale[row]
  return Features.sparse(size, offsets, indices, out)
}

/** ElementwiseProduct: each value times its weight. */
export function elementwiseProduct(stage: StageContext): void {
  const part = stage.params.get('scalingVec')
  const values = doublesOf(part.get('values'))
  let weights = values
  if (part.find('type')?.count(1) === 0) {
    const indices = part.get('indices').int32s(values.length)
    weights = new Float64Array(part.get('size').count(1 << 26))
    indices.forEach((i, k) => {
      if (i < 0 || i >= weights.length) throw part.wrong(`has a value at position ${i} of ${weights.length}`)
      weights[i] = values[k]
    })
  }
  transform(stage, weights.length, features => features.map((i, x) => x * weights[i]))
}

/** IDFModel: term frequencies times how rare the terms are. */
export async function idfModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['idf', vectorStruct]])).single
  const idf = vectorAt(table.required('idf'), 0, 'the IDF')
  transform(stage, idf.length, features => features.map((i, x) => x * idf[i]))
}

/** PCAModel: projection on the principal components; the data is not centred. */
export async function pcaModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['pc', matrixStruct]])).single
  const { rows: size, cols: k, values: pc } = matrixAt(table.required('pc'), 0, 'the principal components')
  transform(stage, size, features => {
    const out = new Float64Array(features.rows * k)
    for (let row = 0; row < features.rows; row++) {
      const at = row * k
      features.forEach(row, (i, x) => {
        const from = i * k
        for (let c = 0; c < k; c++) out[at + c] += x * pc[from + c]
      })
    }
    return Features.dense(features.rows, k, out)
  }, k)
}

/** DCT: the orthonormal discrete cosine transform (type II), or its inverse (type III). */
export function dct(stage: StageContext): void {
  const inverse = stage.params.boolean('inverse', false)
  const tables = new Map<number, Float64Array>()
  transform(stage, inputSize(stage), features => {
    const { rows, size } = features
    let cosines = tables.get(size)
    if (cosines === undefined) {
      // cos(πj / 2n) for every j that (2i + 1)k can be, modulo a full turn.
      cosines = Float64Array.from({ length: 4 * size }, (_, j) => Math.cos((Math.PI * j) / (2 * size)))
      tables.clear()
      tables.set(size, cosines)
    }
    const from = features.toDense()
    const out = new Float64Array(rows * size)
    const [first, other] = [Math.sqrt(1 / size), Math.sqrt(2 / size)]
    for (let row = 0; row < rows; row++) {
      const base = row * size
      for (let a = 0; a < size; a++) {
        let sum = 0
        for (let b = 0; b < size; b++) {
          const [i, k] = inverse ? [a, b] : [b, a]
          const weight = inverse ? (k === 0 ? first : other) : 1
          sum += from[base + b] * weight * cosines[((2 * i + 1) * k) % (4 * size)]
        }
        out[base + a] = inverse ? sum : sum * (a === 0 ? first : other)
      }
    }
    return Features.dense(rows, size, out)
  })
}

const maxPolynomialSize = 10_000_000

/**
 * PolynomialExpansion: all products of at most `degree` values, in Spark's order (x, x², y, xy, y²). A factor of zero
 * ends its branch, as zeros are what is there already.
 */
export function polynomialExpansion(stage: StageContext): void {
  const degree = stage.params.count('degree', 2)
  const known = inputSize(stage)
  const width = (n: number): number => combinations(n + degree, degree) - 1
  const check = (n: number): number => {
    const size = width(n)
    if (!(size <= maxPolynomialSize)) throw stage.extra.wrong(`expands ${n} values to degree ${degree}, which gives ${size}`)
    return size
  }
  transform(stage, known, features => {
    const size = check(features.size)
    const from = features.toDense()
    const out = new Float64Array(features.rows * size)
    for (let row = 0; row < features.rows; row++) expand(from.subarray(row * features.size, (row + 1) * features.size), degree, out.subarray(row * size, (row + 1) * size))
    return Features.dense(features.rows, size, out)
  }, known === undefined ? undefined : check(known))
}

/** How many ways there are to choose k of n; of more than {@link maxPolynomialSize} only that they are more. */
function combinations(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k && result <= maxPolynomialSize; i++) result = (result * (n - k + i)) / i
  return Math.round(result)
}

function expand(values: Float64Array, degree: number, out: Float64Array): void {
  const sizes = new Map<number, number>()
  const sizeOf = (n: number, d: number): number => {
    const key = n * 1024 + d
    const known = sizes.get(key)
    if (known !== undefined) return known
    const size = combinations(n + d, d)
    sizes.set(key, size)
    return size
  }
  // Writes the terms of the first n values up to degree d, times `factor`, from position `at`; −1 is the constant, left out.
  const visit = (n: number, d: number, factor: number, at: number): number => {
    const end = at + sizeOf(n, d)
    if (factor === 0) return end
    if (d === 0 || n === 0) {
      if (at >= 0) out[at] = factor
      return end
    }
    let start = at
    let alpha = factor
    for (let i = 0; i <= d && alpha !== 0; i++) {
      start = visit(n - 1, d - i, alpha, start)
      alpha *= values[n - 1]
    }
    return end
  }
  visit(values.length, degree, 1, -1)
}

/** Keeps the values of a vector above a threshold as 1. */
export function binarizeVectors(features: Features, threshold: number): Features {
  if (threshold >= 0 && features.dense === null) {
    const builder = new SparseBuilder(features.rows, features.size)
    for (let row = 0; row < features.rows; row++) {
      features.forEach(row, (i, x) => {
        if (x > threshold) builder.add(i, 1)
      })
      builder.endRow()
    }
    return builder.finish()
  }
  // Below zero, what is not written counts as above; NaN never is.
  const out = features.toDense().map(x => (x > threshold || (threshold < 0 && x !== x) ? 1 : 0))
  return Features.dense(features.rows, features.size, out)
}
