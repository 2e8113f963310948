import { assertNever } from '../common/assert.ts'

/**
 * The types of columns. Each is a frozen plain object, so that a schema survives JSON and a trip between threads.
 *
 * | kind | JavaScript value in rows | memory |
 * |---|---|---|
 * | boolean | boolean | bitmap |
 * | int32 | number | Int32Array |
 * | int64 | bigint | BigInt64Array |
 * | integer | number, exact to ±(2^53 − 1) | Float64Array |
 * | float64 | number | Float64Array |
 * | string | string | UTF-8 bytes and Int32 offsets, or Int32 codes into a dictionary |
 * | binary | Uint8Array | bytes and Int32 offsets |
 * | timestamp | Date | Float64Array, microseconds since the epoch |
 * | date | `yyyy-MM-dd` | Int32Array, days since the epoch |
 * | array | array | Int32 offsets and one child |
 * | struct | object | one child per field |
 * | vector | Float64Array | `size` float64 per row |
 * | null | null | nothing: the type of a bare NULL |
 */
export type DataType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int32' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'string' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'date' }
  | ArrayType
  | StructType
  | VectorType
  | { readonly kind: 'null' }

export interface ArrayType {
  readonly kind: 'array'
  readonly element: DataType
  readonly containsNull: boolean
}

export interface StructType {
  readonly kind: 'struct'
  readonly fields: readonly Field[]
}

export interface VectorType {
  readonly kind: 'vector'
  readonly size: number
}

export type TypeKind = DataType['kind']

export interface Field {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

const simple = <K extends TypeKind>(kind: K): { readonly kind: K } => Object.freeze({ kind })

export const booleanType = simple('boolean')
export const int32Type = simple('int32')
export const int64Type = simple('int64')
export const integerType = simple('integer')
export const float64Type = simple('float64')
export const stringType = simple('string')
export const binaryType = simple('binary')
export const timestampType = simple('timestamp')
export const dateType = simple('date')
export const nullType = simple('null')

export function arrayType(element: DataType, containsNull = true): ArrayType {
  return Object.freeze({ kind: 'array', element, containsNull })
}

export function structType(fields: readonly Field[]): StructType {
  return Object.freeze({ kind: 'struct', fields: Object.freeze([...fields]) })
}

export function vectorType(size: number): VectorType {
  return Object.freeze({ kind: 'vector', size })
}

export function field(name: string, type: DataType, nullable = true): Field {
  return Object.freeze({ name, type, nullable })
}

/** What window() gives: half-open, in microseconds. */
export const windowType: StructType = structType([field('start', timestampType, false), field('end', timestampType, false)])

/** The type of a window column: a struct of start and end. */
export function isWindowType(type: DataType): boolean {
  return type.kind === 'struct' && type.fields.length === 2 && type.fields[0].name === 'start' && type.fields[1].name === 'end' &&
    type.fields.every(f => f.type.kind === 'timestamp')
}

/** Same shape, nullability set aside: what matters for union, coalesce and a changed query. */
export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case 'array':
      return sameType(a.element, (b as ArrayType).element)
    case 'struct': {
      const other = (b as StructType).fields
      return a.fields.length === other.length && a.fields.every((f, i) => f.name === other[i].name && sameType(f.type, other[i].type))
    }
    case 'vector':
      return a.size === (b as VectorType).size
    default:
      return true
  }
}

export function isNumeric(type: DataType): boolean {
  return type.kind === 'int32' || type.kind === 'integer' || type.kind === 'int64' || type.kind === 'float64'
}

/** Whole numbers: int32, integer, int64. */
export function isIntegral(type: DataType): boolean {
  return type.kind === 'int32' || type.kind === 'integer' || type.kind === 'int64'
}

/** Values of the type have an order (and can be compared, sorted, grouped). */
export function isOrderable(type: DataType): boolean {
  switch (type.kind) {
    case 'array':
      return isOrderable(type.element)
    case 'struct':
      return type.fields.every(f => isOrderable(f.type))
    case 'vector':
      return false
    default:
      return true
  }
}

/** The type in Spark's words, as typeof() prints it and error messages show it. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'boolean':
    case 'string':
    case 'binary':
    case 'timestamp':
    case 'date':
      return type.kind
    case 'int32':
      return 'int'
    case 'int64':
    case 'integer':
      return 'bigint'
    case 'float64':
      return 'double'
    case 'null':
      return 'void'
    case 'array':
      return `array<${typeName(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map(f => `${f.name}:${typeName(f.type)}`).join(',')}>`
    case 'vector':
      return `vector(${type.size})`
    default:
      return assertNever(type, 'type')
  }
}

/** The type in our own words, as schemas print it: distinguishes integer from int64. */
export function describeType(type: DataType): string {
  switch (type.kind) {
    case 'array':
      return `array<${describeType(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map(f => `${f.name}: ${describeType(f.type)}`).join(', ')}>`
    case 'vector':
      return `vector(${type.size})`
    default:
      return type.kind
  }
}
