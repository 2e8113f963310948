import type { RegisteredSchema } from '../../../clients/schema-registry/schema-registry.ts'
import { type ImportPackage, importPackage, optionalPackage } from '../../../clients/kafka/compression/import-package.ts'
import { messageOf } from '../../../common/errors.ts'
import { ProtoSchemaFault } from '../../../formats/protobuf/compile-protobuf.ts'
import type { ProtoEnum, ProtoField, ProtoMessage, ProtoScalar } from '../../../formats/protobuf/proto-message.ts'

/** What we use of protobufjs: its parser and what it says of the types. Nothing here makes it generate code. */
interface Protobufjs {
  readonly Root: new () => Root
  readonly parse: (text: string, root: Root, options: { readonly keepCase: boolean }) => { readonly package?: string; readonly imports?: readonly string[] }
  readonly common: { get(file: string): { readonly nested?: object } | null }
}
interface Space {
  readonly nestedArray: readonly unknown[]
}
interface Root extends Space {
  addJSON(json: object): void
  resolveAll(): void
  lookup(name: string): unknown
}
interface Type extends Space {
  readonly name: string
  readonly fullName: string
  readonly fieldsArray: readonly Field[]
}
interface Field {
  readonly name: string
  readonly id: number
  readonly type: string
  readonly repeated: boolean
  readonly map: boolean
  readonly keyType?: string
  readonly resolvedType: Type | Enum | null
  readonly hasPresence: unknown
  readonly partOf: { readonly name: string } | null
}
interface Enum {
  readonly fullName: string
  readonly values: { readonly [name: string]: number }
}

const maxText = 1024 * 1024

/** Ranges are read one after the other with the same schemas. */
const parsed = new WeakMap<RegisteredSchema, ProtobufSchema>()

/** Messages of one registered .proto file, found by their place in it. */
export class ProtobufSchema {
  readonly #file: readonly Type[]
  readonly #messages = new Map<Type, ProtoMessage>()
  readonly #open: (() => void)[] = []

  private constructor(file: readonly Type[]) {
    this.#file = file
  }

  /** @throws ProtoSchemaFault; AnalysisError KAFKA_PACKAGE_MISSING */
  static async of(schema: RegisteredSchema, load: ImportPackage = importPackage): Promise<ProtobufSchema> {
    const made = parsed.get(schema) ?? (await ProtobufSchema.#parse(schema, load))
    parsed.set(schema, made)
    return made
  }

  static async #parse({ text, references }: RegisteredSchema, load: ImportPackage): Promise<ProtobufSchema> {
    const loaded = (await optionalPackage('protobufjs', '8.8.1', 'Reading Protobuf', load)) as { readonly default?: Protobufjs } & Protobufjs
    const { Root, parse, common } = loaded.default ?? loaded
    if (text.length + references.reduce((sum, r) => sum + r.text.length, 0) > maxText) throw new ProtoSchemaFault(`its text is longer than ${maxText} characters`)
    try {
      const root = new Root()
      const known = new Set<string>()
      const add = (file: string): string => {
        const { package: name = '', imports = [] } = parse(file, root, { keepCase: true })
        for (const each of imports) {
          if (known.has(each)) continue
          known.add(each)
          const standard = each === 'google/protobuf/descriptor.proto' ? extendable : common.get(each)?.nested
          if (standard !== undefined) root.addJSON(standard)
        }
        return name
      }
      for (const reference of references) add(reference.text)
      // Others may have the same package.
      const before = new Set(allTypes(root))
      const name = add(text)
      root.resolveAll()
      const space = name === '' ? root : (root.lookup(name) as Space | null)
      return new ProtobufSchema((space?.nestedArray ?? []).filter(isType).filter(t => !before.has(t)))
    } catch (error) {
      throw new ProtoSchemaFault(`it is no Protobuf that can be read (${messageOf(error)})`)
    }
  }

  /** `indexes`: of the message in its file, then of one inside of it, and so on. Undefined when there is none. */
  message(indexes: readonly number[]): ProtoMessage | undefined {
    let types = this.#file
    let found: Type | undefined
    for (const index of indexes) {
      found = types[index]
      if (found === undefined) return undefined
      types = found.nestedArray.filter(isType)
    }
    if (found === undefined) return undefined
    const message = this.#message(found)
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) next()
    return message
  }

  #message(type: Type): ProtoMessage {
    const known = this.#messages.get(type)
    if (known !== undefined) return known
    const fields: ProtoField[] = []
    const message: ProtoMessage = { name: type.fullName.replace(/^\./, ''), fields }
    this.#messages.set(type, message)
    this.#open.push(() => void fields.push(...type.fieldsArray.map(f => this.#field(f))))
    return message
  }

  #field(field: Field): ProtoField {
    const { name, id: number, map, repeated, resolvedType } = field
    const type = this.#type(field)
    const isMessage = resolvedType !== null && isType(resolvedType)
    if (!map) return { name, number, type, repeated, map: false, presence: isMessage || Boolean(field.hasPresence), oneof: field.partOf?.name }
    const part = (of: string, at: number, is: ProtoField['type']): ProtoField => ({ name: of, number: at, type: is, repeated: false, map: false, presence: false, oneof: undefined })
    const entry: ProtoMessage = { name: `entry of ${name}`, fields: [part('key', 1, field.keyType as ProtoScalar), part('value', 2, type)] }
    return { name, number, type: entry, repeated: true, map: true, presence: false, oneof: undefined }
  }

  #type({ type, resolvedType }: Field): ProtoField['type'] {
    if (resolvedType === null) return type as ProtoScalar
    if (isType(resolvedType)) return this.#message(resolvedType)
    const values = new Map<number, string>()
    // Of two names for one number the first counts.
    for (const [name, number] of Object.entries(resolvedType.values)) if (!values.has(number)) values.set(number, name)
    return { enumName: resolvedType.fullName.replace(/^\./, ''), values } satisfies ProtoEnum
  }
}

/** What files extend that have options of their own; the options themselves are not looked at. */
const optionMessages = ['FileOptions', 'MessageOptions', 'FieldOptions', 'OneofOptions', 'EnumOptions', 'EnumValueOptions', 'ServiceOptions', 'MethodOptions']
const extendable = { google: { nested: { protobuf: { nested: Object.fromEntries(optionMessages.map(name => [name, { fields: {}, extensions: [[1, 536_870_911]] }])) } } } }

const isType = (value: unknown): value is Type => typeof value === 'object' && value !== null && 'fieldsArray' in value

function* allTypes(space: Space): Iterable<unknown> {
  const open: Space[] = [space]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const each of next.nestedArray) {
      yield each
      if (typeof each === 'object' && each !== null && 'nestedArray' in each) open.push(each as Space)
    }
  }
}
