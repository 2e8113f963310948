import { getBit } from '../../columnar/bitmap.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import type { Model, ModelInput } from '../../ml/model.ts'
import { unknownTo } from '../../ml/registry.ts'

/** Rows that a model was not trained for, ascending, and why: one sentence a row, made when it is asked for. */
export interface InvalidRows {
  readonly rows: Int32Array
  reason(row: number): string
}

/**
 * Looks for rows with an input that is missing (null, NaN, a vector with a NaN), a category that the model does not know, or a
 * number that is no code of a category. Walks each column once; of several faults of a row the first input's counts.
 * Null when there are none.
 */
export function invalidRows(model: Model, given: readonly Vector[], rows: number): InvalidRows | null {
  /** Per row: 1 + the input at fault; 0: none. */
  let faults: Int32Array | null = null
  let count = 0
  const note = (row: number, input: number): void => {
    faults ??= new Int32Array(rows)
    if (faults[row] !== 0) return
    faults[row] = input + 1
    count++
  }
  model.signature.inputs.forEach((input, k) => {
    const vector = given[k]
    // An input that may be left out may be null.
    if (input.optional !== true) eachMissing(vector, rows, row => note(row, k))
    if (input.kind !== 'category') return
    for (const row of unknownTo(model, k, vector)) note(row, k)
  })
  if (faults === null) return null
  const found: Int32Array = faults
  const invalid = new Int32Array(count)
  for (let row = 0, at = 0; row < rows; row++) if (found[row] !== 0) invalid[at++] = row
  return {
    rows: invalid,
    reason: row => reasonOf(model.signature.inputs[found[row] - 1], given[found[row] - 1], row),
  }
}

function eachMissing(vector: Vector, rows: number, note: (row: number) => void): void {
  const { type, validity } = vector
  if (type.kind === 'null') for (let row = 0; row < rows; row++) note(row)
  else if (validity !== null) for (let row = 0; row < rows; row++) if (!getBit(validity, row)) note(row)
  if (type.kind === 'float64') {
    const values = vector.values as Float64Array
    // NaN alone differs from itself.
    for (let row = 0; row < rows; row++) if (values[row] !== values[row]) note(row)
  }
  if (type.kind === 'vector') {
    const values = vector.values as Float64Array
    for (let i = 0, end = rows * type.size; i < end; i++) if (values[i] !== values[i]) note(Math.floor(i / type.size))
  }
}

function reasonOf(input: ModelInput, vector: Vector, row: number): string {
  if (isMissing(vector, row)) return `input "${input.name}" is missing`
  if (vector.type.kind === 'string') {
    const reader = new BytesReader(vector)
    return `input "${input.name}" has the category ${quoted(reader.bytes.subarray(reader.start(row), reader.end(row)))}, which the model does not know`
  }
  return `input "${input.name}" is ${String((vector.values as Float64Array | BigInt64Array | Int32Array)[row])}, which is no category of the model`
}

function isMissing(vector: Vector, row: number): boolean {
  if (isNullAt(vector, row)) return true
  if (vector.type.kind === 'float64') return Number.isNaN((vector.values as Float64Array)[row])
  return vector.type.kind === 'vector'
}

const maxShownBytes = 100

/** Text of a stream may be of any length. */
function quoted(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, maxShownBytes))
  return bytes.length > maxShownBytes ? `"${text}…"` : `"${text}"`
}
