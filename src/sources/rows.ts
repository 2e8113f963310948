import { BatchBuilder } from '../columnar/batch-builder.ts'
import { type DataType, describeType } from '../columnar/data-type.ts'
import { maxBatchRows, type RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'

/** A row as a program gives it: an object with a JavaScript value per column. */
export type InputRow = { readonly [column: string]: unknown }

/**
 * Rows that a program hands over, as record batches of at most 65,536 rows. Properties without a column are left out,
 * a missing property is null. `firstRow` numbers the rows in errors, `origin` names where they come from.
 * @throws QueryError SOURCE_ROW_INVALID for a value that is not of the column's type, or a null where there may be none
 */
export function batchesOfRows(schema: Schema, rows: readonly InputRow[], origin: string, firstRow = 0): RecordBatch[] {
  const batches: RecordBatch[] = []
  for (let start = 0; start < rows.length; start += maxBatchRows) {
    const end = Math.min(rows.length, start + maxBatchRows)
    const builder = new BatchBuilder(schema, end - start)
    for (let i = start; i < end; i++) {
      checkRow(schema, rows[i], origin, firstRow + i)
      builder.appendRow(rows[i])
    }
    batches.push(builder.finish())
  }
  return batches
}

/**
 * Refuses rows with properties that are no columns: a misspelled one would be lost, and its column null.
 * @throws QueryError SOURCE_ROW_INVALID
 */
export function checkNoOtherProperties(schema: Schema, rows: readonly InputRow[], origin: string): void {
  const columns = schema.fields.map(f => f.name)
  const known = new Set(columns)
  rows.forEach((row, index) => {
    // What is no row is said where its values are looked at.
    if (typeof row !== 'object' || row === null) return
    const column = Object.keys(row).find(name => !known.has(name))
    if (column === undefined) return
    throw makeError('SOURCE_ROW_INVALID', `Row ${index} of ${origin} has "${column}", but the columns are ${quoteList(columns)}.${didYouMean(column, columns)} Correct the name, or leave it out.`, {
      context: { origin, row: index, column, columns },
    })
  })
}

/** Whether the value can stand in a column of the type, exactly as it is. */
function fits(type: DataType, value: unknown): boolean {
  switch (type.kind) {
    case 'null':
      return false
    case 'boolean':
      return typeof value === 'boolean'
    case 'int32':
      return typeof value === 'number' && (value | 0) === value
    case 'integer':
      return Number.isSafeInteger(value)
    case 'int64':
      return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)
    case 'float64':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'binary':
      return value instanceof Uint8Array
    case 'timestamp':
      return value instanceof Date ? !Number.isNaN(value.getTime()) : Number.isSafeInteger(value)
    case 'date':
      return typeof value === 'string' ? isDate(value) : typeof value === 'number' && (value | 0) === value
    case 'array':
      return Array.isArray(value) && value.every(item => (item === null || item === undefined ? type.containsNull : fits(type.element, item)))
    case 'struct':
      return typeof value === 'object' && value !== null && type.fields.every(f => fitsField(f, (value as InputRow)[f.name]))
    case 'vector':
      return (Array.isArray(value) || value instanceof Float64Array) && value.length === type.size && value.every(x => typeof x === 'number')
  }
}

function fitsField(field: { readonly type: DataType; readonly nullable: boolean }, value: unknown): boolean {
  return value === null || value === undefined ? field.nullable : fits(field.type, value)
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  // Date.parse moves the 30th of February into March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

function checkRow(schema: Schema, row: InputRow, origin: string, index: number): void {
  if (typeof row !== 'object' || row === null) throw rowInvalid(origin, index, undefined, 'an object with a property per column', row)
  for (const f of schema.fields) {
    if (!fitsField(f, row[f.name])) throw rowInvalid(origin, index, f.name, `${describeType(f.type)}${f.nullable ? ' or null' : ''}`, row[f.name])
  }
}

function rowInvalid(origin: string, row: number, column: string | undefined, expected: string, value: unknown): MillraceError {
  const got = value === null || value === undefined ? String(value) : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  const where = column === undefined ? `Row ${row}` : `Column "${column}" of row ${row}`
  return makeError('SOURCE_ROW_INVALID', `${where} of ${origin} is ${got}, but it must be ${expected}.`, {
    context: { origin, row, ...(column === undefined ? {} : { column }), expected, got },
  })
}
