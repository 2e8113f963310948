import type { BufferKind } from '../columnar/buffer-column.ts'
import type { DataType, TypeKind } from '../columnar/data-type.ts'
import { MalformedBytes } from './byte-reader.ts'
import type { TableSchema } from './state.ts'

/**
 * The schema that stands in a segment.
 * @throws MalformedBytes
 */
export function parseSchema(text: string): TableSchema {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    throw new MalformedBytes('its schema is no JSON')
  }
  if (!isSchema(schema)) throw new MalformedBytes('its schema is not one of keys and values')
  return schema
}

const bufferKinds: ReadonlySet<unknown> = new Set<BufferKind>(['float64', 'int32', 'int64', 'boolean', 'bytes'])
const simpleKinds: ReadonlySet<unknown> = new Set<TypeKind>([
  'boolean', 'int32', 'int64', 'integer', 'float64', 'string', 'binary', 'timestamp', 'date', 'null',
])

function isSchema(value: unknown): value is TableSchema {
  if (!isObject(value)) return false
  const { keys, values } = value
  return (
    Array.isArray(keys) && keys.every(key => isObject(key) && typeof key.name === 'string' && isType(key.type)) &&
    Array.isArray(values) && values.every(v => isObject(v) && typeof v.name === 'string' && typeof v.column === 'string' && Array.isArray(v.buffers) && v.buffers.every(kind => bufferKinds.has(kind)))
  )
}

function isType(value: unknown): value is DataType {
  if (!isObject(value)) return false
  switch (value.kind) {
    case 'array':
      return isType(value.element)
    case 'struct':
      return Array.isArray(value.fields) && value.fields.every(f => isObject(f) && typeof f.name === 'string' && isType(f.type))
    case 'vector':
      return typeof value.size === 'number'
    default:
      return simpleKinds.has(value.kind)
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
