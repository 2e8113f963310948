import { vectorOf } from '../../../columnar/builder.ts'
import { arrayType, booleanType, type DataType, field, float64Type, int32Type, stringType, structType } from '../../../columnar/data-type.ts'
import { RecordBatch } from '../../../columnar/record-batch.ts'
import { makeSchema } from '../../../columnar/schema.ts'
import type { Json } from '../../../common/json.ts'
import { loadFormat } from '../../../formats/registry.ts'

/** A type that Spark's models are saved in: what Parquet holds, and what Spark reads it as. */
export interface SavedType {
  readonly type: DataType
  readonly nullable: boolean
  /** As `DataType.json` of Spark writes it. */
  readonly spark: Json
}

/** The rows of a model's `data` directory, a value per column and row. */
export interface SavedTable {
  readonly columns: readonly { readonly name: string; readonly type: SavedType; readonly values: readonly unknown[] }[]
}

const list = (element: string): Json => ({ type: 'array', elementType: element, containsNull: false })
const member = (name: string, type: Json, nullable: boolean): Json => ({ name, type, nullable, metadata: {} })
const userType = (name: string, fields: readonly Json[]): Json => ({
  type: 'udt', class: `org.apache.spark.ml.linalg.${name}`, pyClass: `pyspark.ml.linalg.${name}`, sqlType: { type: 'struct', fields },
})

const ints = arrayType(int32Type, false)
const doubles = arrayType(float64Type, false)

export const savedInt: SavedType = { type: int32Type, nullable: false, spark: 'integer' }
export const savedDouble: SavedType = { type: float64Type, nullable: false, spark: 'double' }
export const savedBoolean: SavedType = { type: booleanType, nullable: false, spark: 'boolean' }
export const savedInts: SavedType = { type: ints, nullable: true, spark: list('integer') }
export const savedTextLists: SavedType = {
  type: arrayType(arrayType(stringType)), nullable: true,
  spark: { type: 'array', elementType: { type: 'array', elementType: 'string', containsNull: true }, containsNull: true },
}
/** Its rows are Float64Arrays put through {@link vectorCell}. */
export const savedVector: SavedType = {
  type: structType([field('type', int32Type, false), field('size', int32Type), field('indices', ints), field('values', doubles)]),
  nullable: true,
  spark: userType('VectorUDT', [member('type', 'byte', false), member('size', 'integer', true), member('indices', list('integer'), true), member('values', list('double'), true)]),
}
export const savedMatrix: SavedType = {
  type: structType([
    field('type', int32Type, false), field('numRows', int32Type, false), field('numCols', int32Type, false), field('colPtrs', ints), field('rowIndices', ints),
    field('values', doubles), field('isTransposed', booleanType, false),
  ]),
  nullable: true,
  spark: userType('MatrixUDT', [
    member('type', 'byte', false), member('numRows', 'integer', false), member('numCols', 'integer', false), member('colPtrs', list('integer'), true),
    member('rowIndices', list('integer'), true), member('values', list('double'), true), member('isTransposed', 'boolean', false),
  ]),
}

/** A dense vector. */
export function vectorCell(values: Float64Array): unknown {
  return { type: 1, size: null, indices: null, values: Array.from(values) }
}

/** A dense matrix given by rows, which Spark calls transposed. */
export function matrixCell(rows: number, cols: number, values: Float64Array): unknown {
  return { type: 1, numRows: rows, numCols: cols, colPtrs: null, rowIndices: null, values: Array.from(values), isTransposed: true }
}

/**
 * The table as a Parquet file. The footer has Spark's own schema, by which it knows a vector from a struct.
 */
export async function tableBytes({ columns }: SavedTable, version: string): Promise<Uint8Array> {
  const schema = makeSchema(columns.map(c => field(c.name, c.type.type, c.type.nullable)))
  const rows = columns[0].values.length
  const spark = { type: 'struct', fields: columns.map(c => member(c.name, c.type.spark, c.type.nullable)) }
  const format = await loadFormat('parquet')
  const encoder = format.encoder(schema, { metadata: { 'org.apache.spark.version': version, 'org.apache.spark.sql.parquet.row.metadata': JSON.stringify(spark) } })
  const batch = new RecordBatch(schema, rows, columns.map(c => vectorOf(c.type.type, c.values)))
  return new Uint8Array(Buffer.concat([...encoder.push(batch), ...encoder.end()]))
}
