import type { Ports } from '../../common/ports.ts'
import { registryRefused } from './errors.ts'
import type { ResolvedRegistryOptions } from './options.ts'
import { RegistryHttp } from './registry-http.ts'

export type RegistryFormat = 'avro' | 'json' | 'protobuf'

/** A schema as the registry has it. It is not trusted: whoever reads the text checks it. */
export interface RegisteredSchema {
  readonly id: number
  readonly format: RegistryFormat
  readonly text: string
  /** What the text refers to, under the name that it uses; those that others need come first. */
  readonly references: readonly { readonly name: string; readonly text: string }[]
}

/** Ids are never given to another schema, so that what was read stays true. Of more than these the oldest are asked for again. */
const maxKnown = 1000
const maxReferences = 100

/** Schemas of one registry, each read once. */
export class SchemaRegistry {
  readonly #options: ResolvedRegistryOptions
  readonly #http: RegistryHttp
  readonly #known = new Map<number, RegisteredSchema>()

  constructor(options: ResolvedRegistryOptions, ports: Ports) {
    this.#options = options
    this.#http = new RegistryHttp(options, ports)
  }

  get url(): string {
    return this.#options.url
  }

  /** Undefined when the registry has no such id. @throws QueryError KAFKA_REGISTRY_UNAVAILABLE, KAFKA_REGISTRY_REFUSED, KAFKA_CREDENTIALS_MISSING */
  async byId(id: number, signal: AbortSignal): Promise<RegisteredSchema | undefined> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const what = `the question for schema ${id}`
    const answer = await this.#http.get(`/schemas/ids/${id}`, what, signal)
    // It may come to know it: this is asked again.
    if ('missing' in answer) return undefined
    const schema = await this.#registered(answer.found, id, what, signal)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < maxKnown) break
      this.#known.delete(oldest)
    }
    this.#known.set(id, schema)
    return schema
  }

  /** The newest version of a subject; undefined when there is no such subject. @throws as byId() */
  async latest(subject: string, signal: AbortSignal): Promise<RegisteredSchema | undefined> {
    const what = `the question for the latest schema of subject "${subject}"`
    const answer = await this.#http.get(`/subjects/${segment(subject)}/versions/latest`, what, signal)
    if ('missing' in answer) return undefined
    const id = member(answer.found, 'id')
    return await this.#registered(answer.found, typeof id === 'number' ? id : 0, what, signal)
  }

  async #registered(json: unknown, id: number, what: string, signal: AbortSignal): Promise<RegisteredSchema> {
    const text = member(json, 'schema')
    const type = member(json, 'schemaType') ?? 'AVRO'
    if (typeof text !== 'string' || typeof type !== 'string') throw this.#strange(what)
    const format = type.toLowerCase()
    if (format !== 'avro' && format !== 'json' && format !== 'protobuf') throw registryRefused(this.url, what, `the schema is of type ${JSON.stringify(type)}`, 'Avro, JSON and Protobuf are read.')
    const references = new Map<string, string>()
    // Nothing of a JSON schema is looked at.
    if (format !== 'json') await this.#collect(member(json, 'references'), references, new Set(), what, signal)
    return { id, format, text, references: [...references].map(([name, referred]) => ({ name, text: referred })) }
  }

  /** Depth first, so that what others refer to comes before them. A schema that refers to itself ends where it was met. */
  async #collect(given: unknown, into: Map<string, string>, met: Set<string>, what: string, signal: AbortSignal): Promise<void> {
    if (given === undefined || given === null) return
    if (!Array.isArray(given)) throw this.#strange(what)
    for (const reference of given as readonly unknown[]) {
      const [name, subject, version] = [member(reference, 'name'), member(reference, 'subject'), member(reference, 'version')]
      if (typeof name !== 'string' || typeof subject !== 'string' || typeof version !== 'number' || !Number.isSafeInteger(version) || subject === '.' || subject === '..') throw this.#strange(what)
      if (met.has(name)) continue
      met.add(name)
      if (met.size > maxReferences) throw registryRefused(this.url, what, `the schema refers to more than ${maxReferences} others`, 'Use fewer.')
      const asked = `the question for version ${version} of subject "${subject}"`
      const answer = await this.#http.get(`/subjects/${segment(subject)}/versions/${version}`, asked, signal)
      const text = 'missing' in answer ? undefined : member(answer.found, 'schema')
      if ('missing' in answer || typeof text !== 'string') throw registryRefused(this.url, asked, 'it has none, although another schema refers to it', 'Register it.')
      await this.#collect(member(answer.found, 'references'), into, met, what, signal)
      into.set(name, text)
    }
  }

  #strange(what: string): Error {
    return registryRefused(this.url, what, 'its answer is none of a schema registry', 'Check that a schema registry is at that address, with the path that it may need.')
  }
}

function member(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null && Object.hasOwn(json, name) ? (json as { readonly [name: string]: unknown })[name] : undefined
}

/** A name as one segment of a path, whatever is in it. */
function segment(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}
