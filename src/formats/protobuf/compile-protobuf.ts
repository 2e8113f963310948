import type { VectorBuilder } from '../../columnar/builder.ts'
import { type DataType, describeType, type Field, type TypeKind } from '../../columnar/data-type.ts'
import { closest, quoteList } from '../../common/suggest.ts'
import { describeProto, isEnum, isMessage, type ProtoField, type ProtoMessage, wireType } from './proto-message.ts'
import { MessagePlan, ProtoStep, type ProtoValue } from './proto-step.ts'

/** Columns cannot hold what the message has; the message of the error is the end of a sentence. */
export class ProtoSchemaFault extends Error {}

const encoder = new TextEncoder()
const wholes: ReadonlySet<ProtoValue> = new Set(['int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64'])
const wholeKinds: ReadonlySet<TypeKind> = new Set(['int32', 'integer', 'int64', 'float64'])
const wrapped = /^google\.protobuf\.(?:Double|Float|Int64|UInt64|Int32|UInt32|Bool|String|Bytes)Value$/

/**
 * How a message is read into the children of `row`, a struct of the wanted columns, by names of fields. All other fields are
 * checked.
 * @throws ProtoSchemaFault
 */
export function compileProtobuf(message: ProtoMessage, fields: readonly Field[], row: VectorBuilder): MessagePlan {
  return new Compiler().message(message, fields, row.children, null, '')
}

class Compiler {
  readonly #checks = new Map<ProtoMessage, MessagePlan>()
  /** Whose fields are to come. */
  readonly #open: (readonly [ProtoMessage, MessagePlan])[] = []

  message(message: ProtoMessage, fields: readonly Field[], builders: readonly VectorBuilder[], builder: VectorBuilder | null, path: string): MessagePlan {
    const plan = new MessagePlan(builder)
    const wanted = new Map<ProtoField, ProtoStep>()
    const lacking: VectorBuilder[] = []
    fields.forEach((column, i) => {
      const name = path === '' ? column.name : `${path}.${column.name}`
      const field = message.fields.find(f => f.name === column.name)
      if (field !== undefined) wanted.set(field, this.#column(field, column, builders[i], name))
      else if (column.nullable) lacking.push(builders[i])
      else throw noField(message, column, name)
    })
    plan.fill(message.fields.map(f => wanted.get(f) ?? this.#check(f)), lacking)
    return plan
  }

  #column(field: ProtoField, column: Field, builder: VectorBuilder, path: string): ProtoStep {
    const { type } = column
    const place = `column "${path}" (${describeType(type)})`
    if (!field.repeated) return this.#value(field, type, column.nullable, builder, path, place)
    if (type.kind === 'array') {
      const step = this.#value(field, type.element, type.containsNull, builder.children[0], `${path}[]`, place)
      step.list = builder
      return step
    }
    const { type: element } = field
    if (type.kind === 'vector' && typeof element === 'string' && (wholes.has(element) || element === 'float' || element === 'double')) {
      const step = new ProtoStep(field, element, wireType(element), null, { kind: 'float64', nullable: false, place })
      step.list = builder
      step.numbers = new Float64Array(type.size)
      return step
    }
    throw cannotHold(field, place)
  }

  /** One value, or an element of several. */
  #value(field: ProtoField, type: DataType, nullable: boolean, builder: VectorBuilder, path: string, place: string): ProtoStep {
    const column = { kind: type.kind, nullable, place }
    const { type: given } = field
    if (isEnum(given)) {
      if (type.kind !== 'string' && !wholeKinds.has(type.kind)) throw cannotHold(field, place)
      const step = new ProtoStep(field, 'enum', 0, builder, column)
      step.symbols = new Map([...given.values].map(([number, name]) => [number, encoder.encode(name)]))
      return step
    }
    if (!isMessage(given)) {
      if (!fits(given, type.kind)) throw cannotHold(field, place)
      return new ProtoStep(field, given, wireType(given), builder, column)
    }
    if (type.kind === 'timestamp' && given.name === 'google.protobuf.Timestamp') return new ProtoStep(field, 'timestamp', 2, builder, column)
    if (type.kind !== 'struct' && wrapped.test(given.name) && given.fields.length === 1) {
      const step = new ProtoStep(field, 'wrapper', 2, builder, column)
      step.message = new MessagePlan(null)
      step.message.fill([this.#value(given.fields[0], type, false, builder, path, place)], [])
      return step
    }
    if (type.kind !== 'struct') throw cannotHold(field, place)
    const step = new ProtoStep(field, 'message', 2, builder, column)
    step.message = this.message(given, type.fields, builder.children, builder, path)
    return step
  }

  #check(field: ProtoField): ProtoStep {
    const step = this.#checkStep(field)
    // A list and no recursion, since messages can refer to each other in chains of any length.
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) next[1].fill(next[0].fields.map(f => this.#checkStep(f)), [])
    return step
  }

  #checkStep(field: ProtoField): ProtoStep {
    const { type } = field
    if (isEnum(type)) return new ProtoStep(field, 'enum', 0, null, undefined)
    if (!isMessage(type)) return new ProtoStep(field, type, wireType(type), null, undefined)
    const step = new ProtoStep(field, 'message', 2, null, undefined)
    const known = this.#checks.get(type)
    step.message = known ?? new MessagePlan(null)
    if (known === undefined) {
      this.#checks.set(type, step.message)
      this.#open.push([type, step.message])
    }
    return step
  }
}

function fits(value: ProtoValue, kind: TypeKind): boolean {
  switch (value) {
    case 'float':
    case 'double':
      return kind === 'float64'
    case 'bool':
      return kind === 'boolean'
    case 'string':
      return kind === 'string' || kind === 'binary'
    case 'bytes':
      return kind === 'binary'
    default:
      return wholes.has(value) && wholeKinds.has(kind)
  }
}

function cannotHold(field: ProtoField, place: string): ProtoSchemaFault {
  return new ProtoSchemaFault(`${place} cannot hold ${describeProto(field)}${field.map ? ': a map is read as an array of struct<key: …, value: …>' : ''}`)
}

function noField(message: ProtoMessage, column: Field, path: string): ProtoSchemaFault {
  const names = message.fields.map(f => f.name)
  const meant = closest(column.name, names)
  return new ProtoSchemaFault(`column "${path}" (${describeType(column.type)}) is no field of message "${message.name}", which has ${names.length === 0 ? 'none' : quoteList(names)}${meant === undefined ? '' : `, perhaps "${meant}"`}`)
}
