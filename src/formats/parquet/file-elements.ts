import type { SchemaElement } from 'hyparquet'
import { assertNever } from '../../common/assert.ts'
import { type DataType, field, type Field, float64Type } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import { unsupported } from '../file-errors.ts'

/**
 * Our types as Parquet declares them:
 *
 * | ours | physical | annotation |
 * |---|---|---|
 * | boolean, int32, float64 | BOOLEAN, INT32, DOUBLE | |
 * | int64, integer | INT64 | |
 * | string | BYTE_ARRAY | STRING |
 * | binary | BYTE_ARRAY | |
 * | timestamp | INT64 | TIMESTAMP(MICROS, adjusted to UTC) |
 * | date | INT32 | DATE |
 * | array, vector(n) | three-level LIST; the elements of a vector are required DOUBLE | LIST |
 * | struct | group | |
 * | null | optional INT32 | NULL |
 */
export function fileElements(schema: Schema): SchemaElement[] {
  return [{ name: 'schema', num_children: schema.fields.length }, ...schema.fields.flatMap(elementsOf)]
}

/** @throws QueryError FORMAT_UNSUPPORTED for structs without fields, which Parquet does not have */
export function checkWritable(type: DataType, column: string): void {
  if (type.kind === 'array') checkWritable(type.element, `${column}.element`)
  if (type.kind !== 'struct') return
  if (type.fields.length === 0) {
    throw unsupported({ file: 'parquet output', column }, 'is a struct without fields, which Parquet cannot hold', 'Drop it, or give it a field.')
  }
  for (const f of type.fields) checkWritable(f.type, `${column}.${f.name}`)
}

/** The element of a list, as a field. */
export function elementField(type: DataType): Field {
  return type.kind === 'array' ? field('element', type.element, type.containsNull) : field('element', float64Type, false)
}

function elementsOf(f: Field): SchemaElement[] {
  const { name, type } = f
  const repetition_type = f.nullable || type.kind === 'null' ? 'OPTIONAL' : 'REQUIRED'
  switch (type.kind) {
    case 'boolean':
      return [{ name, repetition_type, type: 'BOOLEAN' }]
    case 'int32':
      return [{ name, repetition_type, type: 'INT32' }]
    case 'int64':
    case 'integer':
      return [{ name, repetition_type, type: 'INT64' }]
    case 'float64':
      return [{ name, repetition_type, type: 'DOUBLE' }]
    case 'string':
      return [{ name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }]
    case 'binary':
      return [{ name, repetition_type, type: 'BYTE_ARRAY' }]
    case 'timestamp':
      return [{ name, repetition_type, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } }]
    case 'date':
      return [{ name, repetition_type, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }]
    case 'null':
      return [{ name, repetition_type, type: 'INT32', logical_type: { type: 'NULL' } }]
    case 'array':
    case 'vector':
      return [
        { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elementsOf(elementField(type)),
      ]
    case 'struct':
      return [{ name, repetition_type, num_children: type.fields.length }, ...type.fields.flatMap(elementsOf)]
    default:
      return assertNever(type, 'type')
  }
}
