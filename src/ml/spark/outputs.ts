import { arrayType, type DataType, field, float64Type, int32Type, structType, vectorType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import { scoringFailed } from '../errors.ts'
import type { ModelOutput } from '../model.ts'
import type { Batch } from './batch.ts'
import { Features } from './features.ts'
import type { PlannedColumn, Planner } from './planner.ts'

/** Vectors wider than this are handed out sparse: a row of a quarter of a million hashed words is two megabytes otherwise. */
export const maxDenseOutput = 4096

/** A wide vector as Spark prints it: its size, and the values that are not zero with their positions. */
export const sparseVectorType = structType([
  field('size', int32Type, false), field('indices', arrayType(int32Type, false), false), field('values', arrayType(float64Type, false), false),
])

export interface Output {
  readonly output: ModelOutput
  readonly column: PlannedColumn
  /** The value of a probability vector that is the output; undefined for the whole column. */
  readonly element?: number
}

/**
 * The columns that the pipeline adds, under Spark's names and ours: `prediction`, and of a classifier `probabilities` and,
 * if it knows two classes, `probability` of class 1. Spark's own `probability`, a vector, goes by the name of
 * `probabilities` here.
 */
export function outputsOf(planner: Planner): Output[] {
  const { prediction, probability } = planner.role
  const outputs: Output[] = planner.added().map(column => {
    const name = column.name === 'probability' ? 'probabilities' : column.name
    return { column, output: { name, type: outputType(column), nullable: true, library: column.name } }
  })
  const names = new Set(outputs.map(o => o.output.name))
  const alias = (name: string, column: PlannedColumn | undefined, type: DataType | undefined, element?: number): void => {
    if (column === undefined || type === undefined || names.has(name)) return
    names.add(name)
    outputs.push({ column, output: { name, type, nullable: true }, ...(element === undefined ? {} : { element }) })
  }
  alias('prediction', prediction, prediction === undefined ? undefined : outputType(prediction))
  alias('probabilities', probability, probability === undefined ? undefined : outputType(probability))
  const isBinary = probability?.type.kind === 'features' && probability.type.size === 2
  alias('probability', probability, isBinary ? float64Type : undefined, 1)
  return outputs
}

function outputType({ type }: PlannedColumn): DataType {
  switch (type.kind) {
    case 'values':
      return type.type
    case 'features':
      if (type.size === undefined) return arrayType(float64Type)
      return type.size <= maxDenseOutput ? vectorType(type.size) : sparseVectorType
    case 'any':
      return float64Type
  }
}

/** What was computed, in the output's type. */
export function outputVector({ output, column, element }: Output, batch: Batch): Vector {
  const cells = batch.cells(column)
  if (!(cells instanceof Features)) return cells
  const { rows, size, validity } = cells
  const { type } = output
  if (element !== undefined) {
    const dense = cells.toDense()
    return new Vector(type, rows, validity, Float64Array.from({ length: rows }, (_, row) => dense[row * size + element]))
  }
  if (type.kind === 'vector' && type.size !== size) {
    throw scoringFailed('Spark ML', `column "${column.name}" has vectors of ${size} values where ${type.size} were planned; put a VectorSizeHint on the vectors that it is made of`)
  }
  if (type.kind === 'vector') return new Vector(type, rows, validity, cells.toDense())
  if (type.kind === 'array') {
    const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * size)
    return new Vector(type, rows, validity, null, offsets, [new Vector(float64Type, rows * size, null, cells.toDense())])
  }
  return sparseVector(cells)
}

function sparseVector(cells: Features): Vector {
  const { rows, size, validity } = cells
  const { offsets, indices, values } = cells.dense === null ? cells : compress(cells)
  const count = offsets[rows]
  const list = (element: DataType, data: Int32Array | Float64Array): Vector =>
    new Vector(arrayType(element, false), rows, null, null, offsets, [new Vector(element, count, null, data)])
  const sizes = new Vector(int32Type, rows, null, new Int32Array(rows).fill(size))
  return new Vector(sparseVectorType, rows, validity, null, null, [sizes, list(int32Type, indices), list(float64Type, values)])
}

function compress({ rows, size, dense }: Features): { offsets: Int32Array; indices: Int32Array; values: Float64Array } {
  const all = dense as Float64Array
  const offsets = new Int32Array(rows + 1)
  const indices: number[] = []
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) if (all[row * size + i] !== 0) indices.push(i)
    offsets[row + 1] = indices.length
  }
  const values = new Float64Array(indices.length)
  for (let row = 0, e = 0; row < rows; row++) for (; e < offsets[row + 1]; e++) values[e] = all[row * size + indices[e]]
  return { offsets, indices: Int32Array.from(indices), values }
}
