import type { Json } from '../../common/json.ts'
import { BatchBuilder } from '../../columnar/batch-builder.ts'
import { getBit } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { dateText, stringAt, valueAt } from '../../columnar/values.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'
import { appendLiteral } from '../../expr/literal.ts'

/** A value of a vector in the form that our literals have: int64 as digits, timestamps as microseconds, dates as days. */
export function literalJson(value: Json, type: DataType): Json {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return String(value as number | string)
    case 'date':
      return Math.round(Date.parse(`${value as string}T00:00:00Z`) / 86_400_000)
    case 'timestamp':
      return microsOf(value as string)
    case 'array':
      return (value as readonly Json[]).map(item => literalJson(item, type.element))
    case 'struct':
      return Object.fromEntries(type.fields.map(f => [f.name, literalJson((value as { readonly [name: string]: Json })[f.name] ?? null, f.type)]))
    default:
      return value
  }
}

/** Microseconds of an ISO instant with 0, 3 or 6 digits of fraction. */
export function microsOf(iso: string): number {
  const [whole, fraction = ''] = iso.replace(/Z$/, '').split('.')
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0'))
}

/** Rows of a vector as columns. */
export function batchOf(schema: Schema, rows: readonly (readonly Json[])[]): RecordBatch {
  const builder = new BatchBuilder(schema, Math.max(8, rows.length))
  for (const row of rows) builder.columns.forEach((column, k) => appendLiteral(column, literalJson(row[k] ?? null, schema.fields[k].type)))
  return builder.finish()
}

/** Rows of a batch as the vectors write them. */
export function rowsToJson(batch: RecordBatch): Json[][] {
  return Array.from({ length: batch.numRows }, (_, i) => batch.columns.map(c => jsonAt(c, i)))
}

/** Row i of a column as the vectors write values. */
export function jsonAt(v: Vector, i: number): Json {
  if (isNullAt(v, i)) return null
  const { type } = v
  switch (type.kind) {
    case 'boolean':
      return getBit(v.values as Uint8Array, i)
    case 'int32':
      return (v.values as Int32Array)[i]
    case 'int64': {
      const value = (v.values as BigInt64Array)[i]
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    }
    case 'integer': {
      const value = (v.values as Float64Array)[i]
      return Number.isSafeInteger(value) ? value : String(BigInt(value))
    }
    case 'float64': {
      const value = (v.values as Float64Array)[i]
      return Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : value) : String(value)
    }
    case 'string':
      return stringAt(v, i)
    case 'binary':
      return Buffer.from(valueAt(v, i) as Uint8Array).toString('hex')
    case 'date':
      return dateText((v.values as Int32Array)[i])
    case 'timestamp':
      return instantText((v.values as Float64Array)[i])
    case 'array': {
      const offsets = v.offsets as Int32Array
      return Array.from({ length: offsets[i + 1] - offsets[i] }, (_, k) => jsonAt(v.children[0], offsets[i] + k))
    }
    case 'struct':
      return Object.fromEntries(type.fields.map((f, k) => [f.name, jsonAt(v.children[k], i)]))
    default:
      return valueAt(v, i) as Json
  }
}

function instantText(micros: number): string {
  const seconds = Math.floor(micros / 1e6)
  const days = Math.floor(seconds / 86_400)
  const time = new Date((seconds - days * 86_400) * 1000).toISOString().slice(11, 19)
  const fraction = String(micros - seconds * 1e6).padStart(6, '0')
  const shown = fraction === '000000' ? '' : fraction.endsWith('000') ? `.${fraction.slice(0, 3)}` : `.${fraction}`
  return `${dateText(days)}T${time}${shown}Z`
}
