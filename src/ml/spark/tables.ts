import { concat } from '../../columnar/concat.ts'
import { type DataType, type Field, field } from '../../columnar/data-type.ts'
import { getBit } from '../../columnar/bitmap.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema } from '../../columnar/schema.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { isMillraceError, messageOf } from '../../common/errors.ts'
import { loadFormat } from '../../formats/registry.ts'
import type { SparkDirectory } from './directory.ts'
import { sparkUnreadable } from './failures.ts'
import { MemoryFiles } from './memory-files.ts'

/**
 * The rows of a table that a stage saved as Parquet, all parts in order of name. Columns that a file does not have are
 * null: what must be there, the caller asks for with {@link required}.
 * @throws AnalysisError ML_UNREADABLE
 */
export async function readTable(directory: SparkDirectory, columns: readonly (readonly [name: string, type: DataType])[]): Promise<Table> {
  const parts = directory.parts()
  if (parts.length === 0) throw sparkUnreadable(`there is no "${directory.path}part-…"`)
  const fields: Field[] = columns.map(([name, type]) => field(name, type, true))
  const schema = makeSchema(fields)
  const format = await loadFormat('parquet')
  const batches: RecordBatch[] = []
  for (const { path, bytes } of parts) {
    try {
      const decode = format.fileDecoder?.(schema, {})
      if (decode === undefined) throw new Error('Parquet files are not read by position')
      const context = { origin: path, onBadRecord: 'fail' as const, bad: () => {} }
      for await (const batch of decode(new MemoryFiles(bytes), path, context)) batches.push(batch)
    } catch (error) {
      throw sparkUnreadable(isMillraceError(error) ? messageOf(error) : `"${path}" is damaged: ${messageOf(error)}`, error)
    }
  }
  const rows = batches.reduce((n, b) => n + b.numRows, 0)
  const vectors = fields.map((f, k) => (batches.length === 0 ? null : concat(f.type, batches.map(b => b.columns[k]))))
  return new Table(directory.path, rows, new Map(fields.map((f, k) => [f.name, vectors[k]])))
}

export class Table {
  readonly path: string
  readonly rows: number
  readonly #columns: ReadonlyMap<string, Vector | null>

  constructor(path: string, rows: number, columns: ReadonlyMap<string, Vector | null>) {
    this.path = path
    this.rows = rows
    this.#columns = columns
  }

  /** The table of a stage that has one row. */
  get single(): this {
    if (this.rows !== 1) throw sparkUnreadable(`"${this.path}" has ${this.rows} rows instead of one`)
    return this
  }

  /** A column whose values are all there. */
  required(name: string): Vector {
    const vector = this.#columns.get(name)
    if (vector === undefined || vector === null) throw sparkUnreadable(`"${this.path}" has no rows`)
    for (let i = 0; i < vector.length; i++) {
      if (isNullAt(vector, i)) throw sparkUnreadable(`"${this.path}" has no "${name}" in row ${i}`)
    }
    return vector
  }

  /** The column, or undefined when row 0 has no value in it. */
  optional(name: string): Vector | undefined {
    const vector = this.#columns.get(name)
    return vector === undefined || vector === null || vector.length === 0 || isNullAt(vector, 0) ? undefined : vector
  }

  doubles(name: string): Float64Array {
    return doubles(this.required(name))
  }

  ints(name: string): Int32Array {
    return ints(this.required(name))
  }

  number(name: string): number {
    return doubles(this.required(name))[0]
  }

  wrong(what: string): Error {
    return sparkUnreadable(`"${this.path}" ${what}`)
  }
}

/** The values of a column of doubles, exactly as many as it has rows. */
export function doubles(v: Vector): Float64Array {
  return (v.values as Float64Array).subarray(0, v.length)
}

export function ints(v: Vector): Int32Array {
  return (v.values as Int32Array).subarray(0, v.length)
}

export function strings(v: Vector): string[] {
  const reader = new BytesReader(v)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return Array.from({ length: v.length }, (_, i) =>
    v.validity !== null && !getBit(v.validity, i) ? '' : decoder.decode(reader.bytes.subarray(reader.start(i), reader.end(i))),
  )
}

/** The elements of the list in row i. */
export function listAt(v: Vector, i: number): { readonly child: Vector; readonly from: number; readonly to: number } {
  const offsets = v.offsets as Int32Array
  return { child: v.children[0], from: offsets[i], to: offsets[i + 1] }
}
