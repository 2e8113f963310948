/** A message of a .proto file. Messages are shared, and may contain themselves. */
export interface ProtoMessage {
  /** With the package. */
  readonly name: string
  /** Filled in after the message is known by its name. */
  readonly fields: readonly ProtoField[]
}

export type ProtoScalar =
  | 'int32' | 'int64' | 'uint32' | 'uint64' | 'sint32' | 'sint64' | 'fixed32' | 'fixed64' | 'sfixed32' | 'sfixed64'
  | 'float' | 'double' | 'bool' | 'string' | 'bytes'

export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly type: ProtoScalar | ProtoMessage | ProtoEnum
  readonly repeated: boolean
  /** A repeated field whose messages have the fields key (1) and value (2). */
  readonly map: boolean
  /** Whether a value that is not there differs from 0, "" and false. */
  readonly presence: boolean
  /** Of its message, if it is one of several that exclude each other. */
  readonly oneof: string | undefined
}

export interface ProtoEnum {
  readonly enumName: string
  readonly values: ReadonlyMap<number, string>
}

export const isMessage = (type: ProtoField['type']): type is ProtoMessage => typeof type === 'object' && 'fields' in type
export const isEnum = (type: ProtoField['type']): type is ProtoEnum => typeof type === 'object' && 'values' in type

/** How bytes of a value look. */
export type WireType = 0 | 1 | 2 | 5

export function wireType(type: ProtoField['type']): WireType {
  if (typeof type === 'object') return isMessage(type) ? 2 : 0
  switch (type) {
    case 'fixed64':
    case 'sfixed64':
    case 'double':
      return 1
    case 'fixed32':
    case 'sfixed32':
    case 'float':
      return 5
    case 'string':
    case 'bytes':
      return 2
    default:
      return 0
  }
}

export function describeProto({ type, repeated, map }: ProtoField): string {
  const one = isMessage(type) ? `message "${type.name}"` : isEnum(type) ? `enum "${type.enumName}"` : type
  return map ? `map (${one})` : repeated ? `repeated ${one}` : one
}
