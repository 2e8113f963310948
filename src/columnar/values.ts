import { assertNever } from '../common/assert.ts'
import { getBit } from './bitmap.ts'
import type { RecordBatch } from './record-batch.ts'
import { SparkTimeWriter } from './text/spark-time-writer.ts'
import { BytesReader, isNullAt, type Vector } from './vector.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export type Row = { [column: string]: unknown }

/** Row i of a string vector. */
export function stringAt(v: Vector, i: number): string {
  const reader = new BytesReader(v)
  return decoder.decode(reader.bytes.subarray(reader.start(i), reader.end(i)))
}

/** `yyyy-MM-dd` of a day number; years above 9999 have a plus sign, years before 0 a minus sign. */
export function dateText(days: number): string {
  const writer = new SparkTimeWriter(16)
  writer.date(days)
  return decoder.decode(writer.bytes.subarray(0, writer.length))
}

/**
 * One value as JavaScript sees it in a row (see the table at DataType). Slow: one object per value, for the edges only.
 * A timestamp becomes a Date, which has milliseconds: read the Float64Array where microseconds matter.
 */
export function valueAt(v: Vector, i: number): unknown {
  if (isNullAt(v, i)) return null
  const type = v.type
  switch (type.kind) {
    case 'null':
      return null
    case 'boolean':
      return getBit(v.values as Uint8Array, i)
    case 'int32':
    case 'integer':
    case 'float64':
      return (v.values as Int32Array | Float64Array)[i]
    case 'int64':
      return (v.values as BigInt64Array)[i]
    case 'timestamp':
      return new Date(Math.floor((v.values as Float64Array)[i] / 1000))
    case 'date':
      return dateText((v.values as Int32Array)[i])
    case 'string':
      return stringAt(v, i)
    case 'binary': {
      const offsets = v.offsets as Int32Array
      return (v.values as Uint8Array).slice(offsets[i], offsets[i + 1])
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const items: unknown[] = []
      for (let k = offsets[i]; k < offsets[i + 1]; k++) items.push(valueAt(v.children[0], k))
      return items
    }
    case 'struct': {
      const object: Row = Object.create(null) as Row
      type.fields.forEach((f, k) => {
        object[f.name] = valueAt(v.children[k], i)
      })
      return object
    }
    case 'vector':
      return (v.values as Float64Array).slice(i * type.size, (i + 1) * type.size)
    default:
      return assertNever(type, 'type')
  }
}

/** The rows of a batch as objects without a prototype (column names come from data). */
export function rowsOf(batch: RecordBatch): Row[] {
  const rows: Row[] = []
  for (let i = 0; i < batch.numRows; i++) {
    const row: Row = Object.create(null) as Row
    batch.schema.fields.forEach((f, k) => {
      row[f.name] = valueAt(batch.columns[k], i)
    })
    rows.push(row)
  }
  return rows
}
