import type { VectorBuilder } from '../../../columnar/builder.ts'
import type { Schema } from '../../../columnar/schema.ts'
import type { ResolvedRegistryOptions } from '../../../clients/schema-registry/options.ts'
import type { RegisteredSchema } from '../../../clients/schema-registry/schema-registry.ts'
import { checkAvro } from '../../../formats/avro/avro-record-decoder.ts'
import { AvroReader } from '../../../formats/avro/avro-reader.ts'
import type { AvroType } from '../../../formats/avro/avro-type.ts'
import { type AvroResolution, compileAvro } from '../../../formats/avro/compile-avro.ts'
import { AvroSchemaFault, AvroSchemaParser } from '../../../formats/avro/parse-avro-schema.ts'
import type { RecordDecoder } from '../../../formats/format.ts'
import { ProtoSchemaFault } from '../../../formats/protobuf/compile-protobuf.ts'
import { ProtobufReader } from '../../../formats/protobuf/protobuf-reader.ts'
import { givenAvroSchema } from '../avro-format.ts'
import { ProtobufBody } from './protobuf-body.ts'
import { ProtobufSchema } from './protobuf-schema.ts'

/** Reads what follows the framing as row `row`; answers why it cannot be. */
export type Body = (start: number, end: number, row: number) => string | undefined

/** Makes readers of records for schemas of a registry. All append to the same columns. */
export class Bodies {
  readonly #options: ResolvedRegistryOptions
  readonly #all: Schema
  readonly #wanted: Schema
  readonly #row: VectorBuilder
  readonly #reader: AvroType | undefined
  readonly #avro = new AvroReader()
  readonly #protobuf = new ProtobufReader()
  #json: RecordDecoder | undefined
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(options: ResolvedRegistryOptions, all: Schema, wanted: Schema, row: VectorBuilder) {
    this.#options = options
    this.#all = all
    this.#wanted = wanted
    this.#row = row
    this.#reader = options.readerSchema === undefined ? undefined : givenAvroSchema('readerSchema', options.readerSchema)
  }

  load(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#avro.load(bytes)
    this.#protobuf.load(bytes)
    this.#json?.load(bytes)
  }

  /** Or why no record of the schema can be read. */
  async of(schema: RegisteredSchema): Promise<Body | string> {
    const wrong = wrongFormat(schema, this.#options)
    if (wrong !== undefined) return `its schema ${schema.id} ${wrong}`
    try {
      switch (schema.format) {
        case 'avro':
          return this.#avroBody(schema)
        case 'json':
          return await this.#jsonBody()
        case 'protobuf':
          return await this.#protobufBody(schema)
      }
    } catch (error) {
      if (!(error instanceof AvroSchemaFault) && !(error instanceof ProtoSchemaFault)) throw error
      return `its schema ${schema.id} cannot be used: ${error.message}`
    }
  }

  #avroBody(schema: RegisteredSchema): Body {
    const resolution: AvroResolution = { writer: registeredAvro(schema), reader: this.#reader }
    checkAvro(resolution, this.#all)
    const step = compileAvro(resolution, this.#wanted.fields, this.#row)
    return (start, end) => this.#avro.read(step, start, end)
  }

  async #jsonBody(): Promise<Body> {
    const { JsonRecordDecoder } = await import('../../../formats/jsonl/json-record-decoder.ts')
    const decoder = (this.#json ??= new JsonRecordDecoder(this.#wanted, this.#row))
    decoder.load(this.#bytes)
    return (start, end, row) => decoder.decode(start, end, row)
  }

  async #protobufBody(schema: RegisteredSchema): Promise<Body> {
    const body = new ProtobufBody(await ProtobufSchema.of(schema), this.#all, this.#wanted, this.#row, this.#protobuf)
    return (start, end) => body.decode(this.#bytes, start, end)
  }
}

/** Undefined when records of the schema may be read. */
export function wrongFormat({ format }: RegisteredSchema, options: ResolvedRegistryOptions): string | undefined {
  return options.format === 'any' || options.format === format ? undefined : `is of the format "${format}", and only "${options.format}" is read`
}

/** Ranges are read one after the other with the same schemas. */
const parsed = new WeakMap<RegisteredSchema, AvroType>()

/** @throws AvroSchemaFault */
export function registeredAvro(schema: RegisteredSchema): AvroType {
  const known = parsed.get(schema)
  if (known !== undefined) return known
  const parser = new AvroSchemaParser()
  for (const reference of schema.references) parser.parse(reference.text)
  const type = parser.parse(schema.text)
  parsed.set(schema, type)
  return type
}
