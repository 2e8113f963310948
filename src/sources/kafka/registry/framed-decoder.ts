import { VectorBuilder } from '../../../columnar/builder.ts'
import { structType } from '../../../columnar/data-type.ts'
import type { Schema } from '../../../columnar/schema.ts'
import type { ResolvedRegistryOptions } from '../../../clients/schema-registry/options.ts'
import type { SchemaRegistry } from '../../../clients/schema-registry/schema-registry.ts'
import { plainBytes } from '../../../formats/utf8-range.ts'
import type { PartDecoder } from '../record-format.ts'
import { Bodies, type Body } from './bodies.ts'

/** Of a decoder; beyond them it begins anew, and the registry's client still knows the schemas. */
const maxBodies = 1000

/**
 * Records in the framing of Confluent's schema registry:
 *
 *     byte 0 | id of the schema, 4 bytes, big-endian | Avro, JSON, or indexes of the message and Protobuf
 *
 * Schemas are asked for before the block of records is decoded in which they are met first.
 */
export class FramedDecoder implements PartDecoder {
  readonly columns: readonly VectorBuilder[]
  readonly #registry: SchemaRegistry
  readonly #signal: AbortSignal
  readonly #made: Bodies
  /** How records of a schema are read, or why they cannot be. */
  readonly #bodies = new Map<number, Body | string>()
  #bytes: Uint8Array = new Uint8Array(0)
  #lastId = -1
  #last: Body | string = ''

  /** `all` columns are checked against each schema, the `wanted` ones decoded. */
  constructor(options: ResolvedRegistryOptions, all: Schema, wanted: Schema, registry: SchemaRegistry, signal: AbortSignal) {
    const row = new VectorBuilder(structType(wanted.fields), 1024)
    this.columns = row.children
    this.#registry = registry
    this.#signal = signal
    this.#made = new Bodies(options, all, wanted, row)
  }

  prepare(memory: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): Promise<void> | undefined {
    const bytes = plainBytes(memory)
    // Before the block, since those of one block have to be there at once.
    if (this.#bodies.size > maxBodies) this.#forget()
    let missing: Set<number> | undefined
    let last = this.#lastId
    for (let i = 0; i < count; i++) {
      const start = starts[i]
      if (ends[i] - start < 5 || start < 0 || bytes[start] !== 0) continue
      const id = idAt(bytes, start)
      if (id === last) continue
      if (this.#bodies.has(id)) last = id
      else (missing ??= new Set()).add(id)
    }
    return missing === undefined ? undefined : this.#load(missing)
  }

  load(memory: Uint8Array): void {
    this.#bytes = plainBytes(memory)
    this.#made.load(this.#bytes)
  }

  decode(start: number, end: number, row: number): string | undefined {
    const bytes = this.#bytes
    if (end - start < 5 || bytes[start] !== 0) return start === end ? 'it is empty' : notFramed(bytes, start, end)
    const id = idAt(bytes, start)
    if (id !== this.#lastId) {
      this.#lastId = id
      this.#last = this.#bodies.get(id) ?? `the schema ${id} was not asked for`
    }
    const body = this.#last
    return typeof body === 'string' ? body : body(start + 5, end, row)
  }

  async #load(ids: ReadonlySet<number>): Promise<void> {
    for (const id of ids) {
      const schema = await this.#registry.byId(id, this.#signal)
      this.#bodies.set(id, schema === undefined ? `the schema registry "${this.#registry.url}" has no schema ${id}` : await this.#made.of(schema))
    }
  }

  #forget(): void {
    this.#bodies.clear()
    this.#lastId = -1
  }
}

/** Ids are numbers from 0 to 2^31 - 1; others are none, and the registry says so. */
function idAt(bytes: Uint8Array, start: number): number {
  return ((bytes[start + 1] << 24) | (bytes[start + 2] << 16) | (bytes[start + 3] << 8) | bytes[start + 4]) >>> 0
}

function notFramed(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < 5) return `it has ${end - start} bytes, and the framing of a schema registry has 5`
  return `it begins with the byte 0x${bytes[start].toString(16).padStart(2, '0')}, and with 0 in the framing of a schema registry${bytes[start] === 0x7b ? '; it looks like plain JSON' : ''}`
}
