import { getBit } from '../../columnar/bitmap.ts'
import { describeType } from '../../columnar/data-type.ts'
import type { Vector } from '../../columnar/vector.ts'
import { CategoryIndex } from '../category-index.ts'
import { wrongInputType } from '../errors.ts'
import { CategoryColumn, gatherNumbers } from '../gather.ts'
import type { ModelInput } from '../model.ts'
import { type FeatureStep, type NumberStep, stepWidth, type VectorStep } from './features.ts'

/** Turns columns into the row-major matrix of one tensor, as a list of feature steps says. */
export class FeatureEncoder {
  /** Cells of a row. */
  readonly width: number
  readonly #steps: readonly FeatureStep[]
  readonly #indexes: readonly (CategoryIndex | undefined)[]

  constructor(steps: readonly FeatureStep[]) {
    this.#steps = steps
    this.width = steps.reduce((sum, step) => sum + stepWidth(step), 0)
    this.#indexes = steps.map(step => (step.encode === 'oneHot' || step.encode === 'index' ? new CategoryIndex(step.categories) : undefined))
  }

  /**
   * Binds the columns of one batch. The function it answers writes the rows from .. to at the start of `matrix`, and sets
   * `missing[row − from]` to 1 where a value is missing and nothing stands in for it.
   *
   * @throws AnalysisError ML_SCHEMA_MISMATCH for a column of a type that its step does not take
   */
  bind(columnOf: (name: string) => Vector): (from: number, to: number, matrix: Float32Array, missing: Uint8Array) => void {
    const writers: Writer[] = []
    let offset = 0
    this.#steps.forEach((step, k) => {
      writers.push(writerOf(step, columnOf(step.column), this.#indexes[k], { offset, stride: this.width }))
      offset += stepWidth(step)
    })
    return (from, to, matrix, missing) => {
      for (const write of writers) write(from, to, matrix, missing)
    }
  }
}

/**
 * The inputs that a model with these steps has: each column once, in the order in which it is first used.
 * @throws whatever `fail` builds when two steps disagree about a column
 */
export function inputsOf(steps: readonly FeatureStep[], fail: (what: string) => Error): ModelInput[] {
  const inputs = new Map<string, ModelInput>()
  for (const step of steps) {
    const input = inputOf(step)
    const known = inputs.get(step.column)
    if (known === undefined) inputs.set(step.column, input)
    else if (JSON.stringify(known) !== JSON.stringify(input)) throw fail(`column "${step.column}" is encoded in two ways that do not agree`)
  }
  return [...inputs.values()]
}

function inputOf(step: FeatureStep): ModelInput {
  switch (step.encode) {
    case 'number':
      return { name: step.column, kind: 'number' }
    case 'oneHot':
    case 'index':
      return { name: step.column, kind: 'category', categories: step.categories }
    case 'vector':
      return { name: step.column, kind: 'vector', size: step.size }
  }
}

type Writer = (from: number, to: number, matrix: Float32Array, missing: Uint8Array) => void

interface Place {
  readonly offset: number
  readonly stride: number
}

function writerOf(step: FeatureStep, vector: Vector, index: CategoryIndex | undefined, place: Place): Writer {
  switch (step.encode) {
    case 'number':
      return (from, to, matrix, missing) => writeNumbers(step, vector, from, to, matrix, missing, place)
    case 'vector':
      return vectorWriter(step, vector, place)
    case 'oneHot':
    case 'index': {
      const size = step.categories.length
      const codes = new CategoryColumn(step.column, vector, index as CategoryIndex)
      let buffer = new Float32Array(0)
      return (from, to, matrix) => {
        if (buffer.length < to - from) buffer = new Float32Array(to - from)
        codes.gather(from, to, { matrix: buffer, offset: 0, stride: 1 })
        if (step.encode === 'oneHot') writeOneHot(buffer, to - from, size, matrix, place)
        else writeIndex(buffer, to - from, size, step.offset, step.unseen, matrix, place)
      }
    }
  }
}

function writeNumbers(step: NumberStep, vector: Vector, from: number, to: number, matrix: Float32Array, missing: Uint8Array, place: Place): void {
  const { offset, stride } = place
  gatherNumbers(step.column, vector, from, to, { matrix, offset, stride })
  const [low, high] = step.clip ?? [-Infinity, Infinity]
  const mean = Math.fround(step.mean ?? 0)
  const std = Math.fround(step.std ?? 1)
  for (let row = 0, at = offset; row < to - from; row++, at += stride) {
    let x = matrix[at]
    if (x !== x) {
      if (step.impute === undefined) {
        missing[row] = 1
        continue
      }
      x = step.impute
    }
    if (x < low) x = low
    else if (x > high) x = high
    matrix[at] = Math.fround(Math.fround(x) - mean) / std
  }
}

/** A code counts when it is a whole position in the list; every other one is unseen. */
function isSeen(code: number, size: number): boolean {
  return code >= 0 && code < size && code === Math.trunc(code)
}

function writeOneHot(codes: Float32Array, rows: number, size: number, matrix: Float32Array, { offset, stride }: Place): void {
  for (let row = 0, at = offset; row < rows; row++, at += stride) {
    matrix.fill(0, at, at + size)
    if (isSeen(codes[row], size)) matrix[at + codes[row]] = 1
  }
}

function writeIndex(codes: Float32Array, rows: number, size: number, first: number, unseen: number, matrix: Float32Array, { offset, stride }: Place): void {
  for (let row = 0, at = offset; row < rows; row++, at += stride) matrix[at] = isSeen(codes[row], size) ? codes[row] + first : unseen
}

function vectorWriter(step: VectorStep, vector: Vector, { offset, stride }: Place): Writer {
  const { size } = step
  if (vector.type.kind === 'null') return (from, to, _matrix, missing) => void missing.fill(1, 0, to - from)
  if (vector.type.kind !== 'vector' || vector.type.size !== size) throw wrongInputType(step.column, `vector(${size})`, describeType(vector.type))
  const values = vector.values as Float64Array
  const validity = vector.validity
  return (from, to, matrix, missing) => {
    for (let row = 0; row < to - from; row++) {
      const start = (from + row) * size
      let isMissing = validity !== null && !getBit(validity, from + row)
      for (let k = 0; k < size; k++) {
        const x = values[start + k]
        matrix[offset + row * stride + k] = x
        if (x !== x) isMissing = true
      }
      if (isMissing) missing[row] = 1
    }
  }
}
