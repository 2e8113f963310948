import { arrayType, float64Type, int32Type, structType, field, type DataType } from '../../columnar/data-type.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'
import { doubles, ints, listAt } from './tables.ts'
import { sparkUnreadable } from './failures.ts'

/** How Spark saves a vector: type 0 is sparse, 1 dense. */
export const vectorStruct: DataType = structType([
  field('type', int32Type), field('size', int32Type), field('indices', arrayType(int32Type)), field('values', arrayType(float64Type)),
])

/** How Spark saves a matrix: type 0 is sparse (by columns, by rows when transposed), 1 dense. */
export const matrixStruct: DataType = structType([
  field('type', int32Type), field('numRows', int32Type), field('numCols', int32Type), field('colPtrs', arrayType(int32Type)),
  field('rowIndices', arrayType(int32Type)), field('values', arrayType(float64Type)), field('isTransposed', { kind: 'boolean' }),
])

/** The cells of vectors and matrices that a model may have: 64 million of them take half a gigabyte. */
export const maxCells = 64 * 1024 * 1024

/** Values by row. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly values: Float64Array
}

/** The vector in row i, dense. */
export function vectorAt(v: Vector, i: number, what: string): Float64Array {
  const [type, size, indices, values] = v.children
  const list = listAt(values, i)
  const given = doubles(list.child).subarray(list.from, list.to)
  if (ints(type)[i] === 1) return given.slice()
  const length = isNullAt(size, i) ? -1 : ints(size)[i]
  const places = listAt(indices, i)
  const at = ints(places.child).subarray(places.from, places.to)
  if (length < 0 || length > maxCells || at.length !== given.length) throw sparkUnreadable(`${what} is no vector`)
  const out = new Float64Array(length)
  for (let k = 0; k < at.length; k++) {
    if (at[k] < 0 || at[k] >= length) throw sparkUnreadable(`${what} has a value at position ${at[k]} of ${length}`)
    out[at[k]] = given[k]
  }
  return out
}

/** The matrix in row i. */
export function matrixAt(m: Vector, i: number, what: string): Matrix {
  const [type, numRows, numCols, colPtrs, rowIndices, valueLists, transposed] = m.children
  const rows = ints(numRows)[i]
  const cols = ints(numCols)[i]
  if (!(rows >= 0 && cols >= 0 && rows * cols <= maxCells)) throw sparkUnreadable(`${what} has ${rows} rows and ${cols} columns`)
  const isTransposed = !isNullAt(transposed, i) && (((transposed.values as Uint8Array)[i >> 3] >> (i & 7)) & 1) === 1
  const list = listAt(valueLists, i)
  const given = doubles(list.child).subarray(list.from, list.to)
  if (ints(type)[i] === 1) {
    if (given.length !== rows * cols) throw sparkUnreadable(`${what} has ${given.length} values for ${rows} rows and ${cols} columns`)
    return { rows, cols, values: isTransposed ? given.slice() : transpose(given, rows, cols) }
  }
  return sparse({ rows, cols, isTransposed, given, starts: intsAt(colPtrs, i), places: intsAt(rowIndices, i), what })
}

interface Compressed {
  readonly rows: number
  readonly cols: number
  readonly isTransposed: boolean
  readonly given: Float64Array
  readonly starts: Int32Array
  readonly places: Int32Array
  readonly what: string
}

function sparse({ rows, cols, isTransposed, given, starts, places, what }: Compressed): Matrix {
  const [major, minor] = isTransposed ? [rows, cols] : [cols, rows]
  if (starts.length !== major + 1 || places.length !== given.length) throw sparkUnreadable(`${what} is no sparse matrix`)
  const out = new Float64Array(rows * cols)
  for (let k = 0; k < major; k++) {
    if (starts[k] < 0 || starts[k + 1] < starts[k] || starts[k + 1] > given.length) throw sparkUnreadable(`${what} is no sparse matrix`)
    for (let e = starts[k]; e < starts[k + 1]; e++) {
      const at = places[e]
      if (at < 0 || at >= minor) throw sparkUnreadable(`${what} has a value outside of itself`)
      out[isTransposed ? k * cols + at : at * cols + k] = given[e]
    }
  }
  return { rows, cols, values: out }
}

/** Columns one after the other become rows one after the other. */
function transpose(byColumn: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols)
  for (let c = 0; c < cols; c++) for (let r = 0; r < rows; r++) out[r * cols + c] = byColumn[c * rows + r]
  return out
}

function intsAt(v: Vector, i: number): Int32Array {
  const list = listAt(v, i)
  return ints(list.child).subarray(list.from, list.to)
}
