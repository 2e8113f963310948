import type { Field } from '../../columnar/data-type.ts'
import { placeOf } from './avro-step.ts'
import { type AvroType, describeAvro } from './avro-type.ts'
import { decimalText } from './decimal-text.ts'
import { AvroSchemaFault } from './parse-avro-schema.ts'

/** The default of a field, which schemas have as JSON, as a value that `VectorBuilder.append` takes. */
export function defaultOf(json: unknown, type: AvroType, column: Field, path: string): unknown {
  const value = converted(json, type, column)
  if (value === undefined) throw new AvroSchemaFault(`${placeOf(path, column)} cannot hold the default ${JSON.stringify(json).slice(0, 60)} of ${describeAvro(type)}`)
  return value
}

/** Undefined where it cannot be. */
function converted(json: unknown, type: AvroType, column: Field): unknown {
  const { kind } = column.type
  switch (type.kind) {
    case 'union':
      for (const branch of type.branches) {
        const value = converted(json, branch, column)
        if (value !== undefined) return value
      }
      return undefined
    case 'null':
      return json === null && column.nullable ? null : undefined
    case 'boolean':
      return typeof json === 'boolean' && kind === 'boolean' ? json : undefined
    case 'int':
    case 'long':
      return typeof json === 'number' && Number.isSafeInteger(json) ? wholeAs(json, type.logical?.name, kind) : undefined
    case 'float':
    case 'double':
      return typeof json === 'number' && kind === 'float64' ? json : undefined
    case 'string':
    case 'enum':
      return typeof json === 'string' && kind === 'string' ? json : undefined
    case 'bytes':
    case 'fixed': {
      if (typeof json !== 'string') return undefined
      const bytes = Uint8Array.from(json, c => c.charCodeAt(0))
      if (kind === 'binary') return bytes
      return kind === 'string' && type.logical?.name === 'decimal' ? decimalText(bytes, 0, bytes.length, type.logical.scale) : undefined
    }
    case 'array': {
      if (!Array.isArray(json) || column.type.kind !== 'array') return undefined
      const element: Field = { name: '', type: column.type.element, nullable: column.type.containsNull }
      const items = json.map(item => converted(item, type.items, element))
      return items.includes(undefined) ? undefined : items
    }
    case 'map':
      return typeof json === 'object' && json !== null && Object.keys(json).length === 0 && kind === 'array' ? [] : undefined
    case 'record':
      return recordAs(json, type, column)
  }
}

function wholeAs(value: number, logical: string | undefined, kind: Field['type']['kind']): unknown {
  switch (kind) {
    case 'int32':
      return value === (value | 0) ? value : undefined
    case 'integer':
    case 'float64':
      return value
    case 'int64':
      return BigInt(value)
    case 'date':
      return logical === 'date' && value === (value | 0) ? value : undefined
    case 'timestamp': {
      const micros = logical === 'timestamp-millis' ? value * 1000 : logical === 'timestamp-micros' ? value : Number.NaN
      return Math.abs(micros) <= 2 ** 53 ? micros : undefined
    }
    default:
      return undefined
  }
}

function recordAs(json: unknown, type: AvroType & { readonly kind: 'record' }, column: Field): unknown {
  if (typeof json !== 'object' || json === null || column.type.kind !== 'struct') return undefined
  const object: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
  for (const field of column.type.fields) {
    const known = type.fields.find(f => f.name === field.name)
    const given = Object.hasOwn(json, field.name) ? (json as { readonly [name: string]: unknown })[field.name] : known?.defaultValue
    const value = known === undefined ? (field.nullable ? null : undefined) : converted(given, known.type, field)
    if (value === undefined) return undefined
    object[field.name] = value
  }
  return object
}
