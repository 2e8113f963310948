import { messageOf } from '../../common/errors.ts'
import { quoteList } from '../../common/suggest.ts'
import type { AvroField, AvroLogical, AvroPrimitiveKind, AvroRecord, AvroType } from './avro-type.ts'

/** The schema cannot be used; the message is the end of a sentence. Whoever knows where it came from makes an error of it. */
export class AvroSchemaFault extends Error {}

/** A schema may come from a registry, and is not trusted: what reading it can cost is bounded. */
const maxText = 1024 * 1024
const maxDepth = 64
const maxTypes = 20_000

const primitives: ReadonlySet<string> = new Set<AvroPrimitiveKind>(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const identifier = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

/**
 * Avro schemas (1.11) as JSON text or as the object of it. Nothing of a schema becomes code or a key of an object: names are
 * compared, and kept in maps. One parser reads a schema with those that it refers to, those first.
 */
export class AvroSchemaParser {
  readonly #named = new Map<string, AvroType>()
  #types = 0

  /** @throws AvroSchemaFault */
  parse(schema: unknown): AvroType {
    return this.#type(typeof schema === 'string' ? fromText(schema) : schema, '', 1)
  }

  #type(json: unknown, namespace: string, depth: number): AvroType {
    if (depth > maxDepth) throw new AvroSchemaFault(`its types are nested more than ${maxDepth} deep`)
    if (++this.#types > maxTypes) throw new AvroSchemaFault(`it has more than ${maxTypes} types`)
    if (typeof json === 'string') return this.#byName(json, namespace)
    if (Array.isArray(json)) return { kind: 'union', branches: this.#branches(json, namespace, depth) }
    if (!isObject(json)) throw new AvroSchemaFault(`${shown(json)} stands where a type is expected`)
    const type = member(json, 'type')
    if (typeof type !== 'string') return this.#type(type, namespace, depth + 1)
    if (primitives.has(type)) return { kind: type as AvroPrimitiveKind, logical: logicalOf(json) }
    switch (type) {
      case 'array':
        return { kind: 'array', items: this.#type(member(json, 'items'), namespace, depth + 1) }
      case 'map':
        return { kind: 'map', values: this.#type(member(json, 'values'), namespace, depth + 1) }
      case 'enum': {
        const name = nameOf(json, namespace)
        const symbols = member(json, 'symbols')
        if (!Array.isArray(symbols) || !symbols.every(s => typeof s === 'string')) throw new AvroSchemaFault(`enum "${name}" has no list of symbols`)
        return this.#add(name, { kind: 'enum', name, symbols })
      }
      case 'fixed': {
        const name = nameOf(json, namespace)
        const size = member(json, 'size')
        if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new AvroSchemaFault(`fixed "${name}" has the size ${shown(size)}`)
        return this.#add(name, { kind: 'fixed', name, size, logical: logicalOf(json) })
      }
      case 'record':
      case 'error':
        return this.#record(json, namespace, depth)
      default:
        return this.#byName(type, namespace)
    }
  }

  #record(json: JsonObject, namespace: string, depth: number): AvroRecord {
    const name = nameOf(json, namespace)
    const fields: AvroField[] = []
    const record: AvroRecord = { kind: 'record', name, fields }
    this.#add(name, record)
    const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
    const given = member(json, 'fields')
    if (!Array.isArray(given)) throw new AvroSchemaFault(`record "${name}" has no list of fields`)
    const seen = new Set<string>()
    for (const each of given as readonly unknown[]) {
      const fieldName = isObject(each) ? member(each, 'name') : undefined
      if (!isObject(each) || typeof fieldName !== 'string' || !identifier.test(fieldName)) throw new AvroSchemaFault(`a field of record "${name}" has no proper name but ${shown(fieldName)}`)
      if (seen.has(fieldName)) throw new AvroSchemaFault(`record "${name}" has two fields "${fieldName}"`)
      seen.add(fieldName)
      const aliases = member(each, 'aliases')
      fields.push({
        name: fieldName,
        aliases: Array.isArray(aliases) ? aliases.filter(a => typeof a === 'string') : [],
        type: this.#type(member(each, 'type'), inner, depth + 1),
        defaultValue: member(each, 'default'),
      })
    }
    return record
  }

  #branches(json: readonly unknown[], namespace: string, depth: number): readonly AvroType[] {
    if (json.length === 0) throw new AvroSchemaFault('a union has no branches')
    const branches = json.map(branch => this.#type(branch, namespace, depth + 1))
    if (branches.some(b => b.kind === 'union')) throw new AvroSchemaFault('a union is directly inside a union')
    return branches
  }

  #byName(name: string, namespace: string): AvroType {
    if (primitives.has(name)) return { kind: name as AvroPrimitiveKind, logical: undefined }
    const found = this.#named.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`) ?? this.#named.get(name)
    if (found === undefined) throw new AvroSchemaFault(`there is no type ${shown(name)}; it defines ${this.#named.size === 0 ? 'none of its own' : quoteList([...this.#named.keys()])}`)
    return found
  }

  #add<T extends AvroType>(name: string, type: T): T {
    if (this.#named.has(name)) throw new AvroSchemaFault(`"${name}" is defined twice`)
    this.#named.set(name, type)
    return type
  }
}

type JsonObject = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Own members only. */
const member = (json: JsonObject, name: string): unknown => (Object.hasOwn(json, name) ? json[name] : undefined)

function fromText(text: string): unknown {
  if (text.length > maxText) throw new AvroSchemaFault(`its text is longer than ${maxText} characters`)
  // The name of a primitive stands for itself, without the quotes of JSON.
  if (primitives.has(text.trim())) return text.trim()
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AvroSchemaFault(`it is no JSON (${messageOf(error)})`)
  }
}

function nameOf(json: JsonObject, namespace: string): string {
  const name = member(json, 'name')
  const own = member(json, 'namespace')
  const space = typeof own === 'string' ? own : namespace
  if (typeof name !== 'string' || !identifier.test(name) || (space !== '' && !identifier.test(space))) throw new AvroSchemaFault(`a type has no proper name but ${shown(name)}`)
  return name.includes('.') || space === '' ? name : `${space}.${name}`
}

function logicalOf(json: JsonObject): AvroLogical | undefined {
  const name = member(json, 'logicalType')
  if (typeof name !== 'string') return undefined
  const scale = member(json, 'scale')
  const whole = typeof scale === 'number' && Number.isSafeInteger(scale) && scale >= 0 ? scale : 0
  // A wrong logical type is ignored, as the specification says.
  return name === 'decimal' && whole > 1000 ? undefined : { name, scale: whole }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
