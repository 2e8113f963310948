import { newBitmap, clearBit, type Bitmap } from '../../columnar/bitmap.ts'
import { describeType } from '../../columnar/data-type.ts'
import { valueAt } from '../../columnar/values.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'
import { wrongInputType } from '../errors.ts'
import { Features, SparseBuilder } from './features.ts'

interface Refusals {
  refuse(row: number, message: () => string): void
}

interface Entries {
  readonly size: number
  readonly indices: readonly number[] | null
  readonly values: readonly number[]
}

/**
 * A vector column that comes from outside: vector(n), an array of numbers, or a struct of size, indices and values. Its
 * size is that of its first vector, where the pipeline does not know it; vectors of other sizes are refused.
 * @throws AnalysisError ML_SCHEMA_MISMATCH
 */
export function featuresOf(v: Vector, name: string, known: number | undefined, batch: Refusals): Features {
  const rows = v.length
  if (v.type.kind === 'vector') return Features.dense(rows, v.type.size, (v.values as Float64Array).subarray(0, rows * v.type.size), v.validity)
  if (v.type.kind === 'null') return Features.sparse(known ?? 0, new Int32Array(rows + 1), new Int32Array(0), new Float64Array(0), newBitmap(rows, false))
  if (!['array', 'struct', 'string'].includes(v.type.kind)) throw wrongInputType(name, 'vector', describeType(v.type))
  const entries = Array.from({ length: rows }, (_, row) => (isNullAt(v, row) ? null : entriesAt(v, row)))
  const size = known ?? entries.find(e => e !== null && e !== undefined)?.size ?? 0
  const builder = new SparseBuilder(rows, size)
  let validity: Bitmap | null = null
  for (let row = 0; row < rows; row++) {
    const entry = entries[row]
    if (entry === null) {
      validity ??= newBitmap(rows, true)
      clearBit(validity, row)
    } else if (entry === undefined) batch.refuse(row, () => `Column "${name}" holds something that is no vector.`)
    else if (entry.size !== size) batch.refuse(row, () => `Column "${name}" has a vector of ${entry.size} values where others have ${size}.`)
    else entry.values.forEach((x, k) => builder.add(entry.indices === null ? k : entry.indices[k], x))
    builder.endRow()
  }
  const sparse = builder.finish(validity)
  return size <= 4096 ? Features.dense(rows, size, sparse.toDense(), validity) : sparse
}

/** The vector of a row; undefined when it is none. Text holds JSON, where rows differ in how they write vectors. */
function entriesAt(v: Vector, row: number): Entries | undefined {
  const value = v.type.kind === 'string' ? parsed(valueAt(v, row)) : valueAt(v, row)
  if (Array.isArray(value)) {
    const values = value.map(numberOf)
    return values.some(x => x === undefined) ? undefined : { size: values.length, indices: null, values: values as number[] }
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { size, indices, values } = value as { readonly [key: string]: unknown }
  if (Array.isArray(values) && !Array.isArray(indices)) return entriesOf(values.length, values.map((_, k) => k), values)
  return Array.isArray(values) && Array.isArray(indices) ? entriesOf(Number(size), indices, values) : undefined
}

function entriesOf(size: number, indices: readonly unknown[], values: readonly unknown[]): Entries | undefined {
  const at = indices.map(Number)
  const xs = values.map(numberOf)
  const ascends = at.every((i, k) => Number.isInteger(i) && i >= 0 && i < size && (k === 0 || i > at[k - 1]))
  if (!Number.isInteger(size) || at.length !== xs.length || !ascends || xs.some(x => x === undefined)) return undefined
  return { size, indices: at, values: xs as number[] }
}

function numberOf(x: unknown): number | undefined {
  if (typeof x === 'number') return x
  if (typeof x === 'bigint') return Number(x)
  if (typeof x !== 'string') return undefined
  return x === 'NaN' ? NaN : x === 'Infinity' ? Infinity : x === '-Infinity' ? -Infinity : undefined
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}
