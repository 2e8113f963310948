/** An Avro schema as a tree. Named types are shared, and a record may contain itself. */
export type AvroType = AvroPrimitive | AvroFixed | AvroEnum | AvroArray | AvroMap | AvroUnion | AvroRecord

export type AvroPrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export interface AvroPrimitive {
  readonly kind: AvroPrimitiveKind
  readonly logical: AvroLogical | undefined
}

/** What a logical type says; `scale` of a decimal. */
export interface AvroLogical {
  readonly name: string
  readonly scale: number
}

export interface AvroFixed {
  readonly kind: 'fixed'
  readonly name: string
  readonly size: number
  readonly logical: AvroLogical | undefined
}

export interface AvroEnum {
  readonly kind: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
}

export interface AvroArray {
  readonly kind: 'array'
  readonly items: AvroType
}

export interface AvroMap {
  readonly kind: 'map'
  readonly values: AvroType
}

export interface AvroUnion {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
}

export interface AvroRecord {
  readonly kind: 'record'
  /** With the namespace. */
  readonly name: string
  /** Filled in after the record is known by its name, so that it may contain itself. */
  readonly fields: readonly AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** JSON as the schema has it; undefined where there is none. */
  readonly defaultValue: unknown
}

/** `record "Payment"`, `long (timestamp-millis)`: how reasons call a type. */
export function describeAvro(type: AvroType): string {
  switch (type.kind) {
    case 'record':
    case 'enum':
      return `${type.kind} "${type.name}"`
    case 'fixed':
      return `fixed "${type.name}"${type.logical === undefined ? '' : ` (${type.logical.name})`}`
    case 'array':
      return `array of ${describeAvro(type.items)}`
    case 'map':
      return `map of ${describeAvro(type.values)}`
    case 'union':
      return `union of ${type.branches.slice(0, 10).map(describeAvro).join(' and ')}`
    default:
      return type.logical === undefined ? type.kind : `${type.kind} (${type.logical.name})`
  }
}
