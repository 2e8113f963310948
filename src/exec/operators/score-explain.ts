import { clearBit, newBitmap } from '../../columnar/bitmap.ts'
import { type DataType, float64Type, stringType } from '../../columnar/data-type.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { dictionaryVector, float64Vector, Vector } from '../../columnar/vector.ts'
import { assert } from '../../common/assert.ts'

/**
 * Of each row the `topK` inputs that moved its answer most, by size, of equal ones the first: an array of (name,
 * contribution). `contributions` has a vector a row, the mean last, which is no input's. Rows in `without` have null.
 */
export function topContributions(contributions: Vector, names: readonly string[], topK: number, type: DataType, without: Uint8Array | null): Vector {
  assert(type.kind === 'array' && contributions.type.kind === 'vector', 'Contributions are a vector a row.')
  const rows = contributions.length
  const width = contributions.type.size
  const values = contributions.values as Float64Array
  const each = Math.min(topK, names.length)
  const codes = new Int32Array(rows * each)
  const amounts = new Float64Array(rows * each)
  for (let row = 0; row < rows; row++) selectLargest(values, row * width, names.length, codes, amounts, row * each, each)
  const elements = new Vector(type.element, rows * each, null, null, null, [dictionaryVector(codes, namesVector(names), rows * each), float64Vector(float64Type, amounts)])
  return new Vector(type, rows, validityWithout(without, rows), null, Int32Array.from({ length: rows + 1 }, (_, row) => row * each), [elements])
}

/** Insertion into a short sorted list: `count` is small, and most of a row's contributions fall behind its last. */
function selectLargest(from: Float64Array, start: number, length: number, codes: Int32Array, amounts: Float64Array, at: number, count: number): void {
  for (let k = 0; k < length; k++) {
    const amount = from[start + k]
    let place = Math.min(k, count)
    if (place === count && (count === 0 || !(Math.abs(amount) > Math.abs(amounts[at + count - 1])))) continue
    if (place === count) place--
    while (place > 0 && Math.abs(amount) > Math.abs(amounts[at + place - 1])) {
      codes[at + place] = codes[at + place - 1]
      amounts[at + place] = amounts[at + place - 1]
      place--
    }
    codes[at + place] = k
    amounts[at + place] = amount
  }
}

function namesVector(names: readonly string[]): Vector {
  const builder = new VectorBuilder(stringType, Math.max(1, names.length))
  for (const name of names) builder.appendString(name)
  return builder.finish()
}

function validityWithout(without: Uint8Array | null, rows: number): Uint8Array | null {
  if (without === null) return null
  const validity = newBitmap(rows, true)
  for (let row = 0; row < rows; row++) if (without[row] !== 0) clearBit(validity, row)
  return validity
}
