import type { Schema } from '../../../columnar/schema.ts'
import { registryMismatch, registryRefused } from '../../../clients/schema-registry/errors.ts'
import { resolveRegistryOptions } from '../../../clients/schema-registry/options.ts'
import { SchemaRegistry, type RegisteredSchema } from '../../../clients/schema-registry/schema-registry.ts'
import type { Ports } from '../../../common/ports.ts'
import { checkAvro } from '../../../formats/avro/avro-record-decoder.ts'
import type { AvroType } from '../../../formats/avro/avro-type.ts'
import { AvroSchemaFault } from '../../../formats/avro/parse-avro-schema.ts'
import { ProtoSchemaFault } from '../../../formats/protobuf/compile-protobuf.ts'
import { givenAvroSchema } from '../avro-format.ts'
import type { DecodedColumns, ResolvedKafkaSourceOptions } from '../options.ts'
import { columnsOf } from '../record-format.ts'
import { registeredAvro, wrongFormat } from './bodies.ts'
import { checkProtobuf } from './protobuf-body.ts'
import { ProtobufSchema } from './protobuf-schema.ts'

/**
 * Whether the newest schemas fit the columns, before a record is read. `schema`: all columns of the source.
 * @throws AnalysisError KAFKA_REGISTRY_MISMATCH; what the client of the registry throws
 */
export async function checkSubjects(options: ResolvedKafkaSourceOptions, schema: Schema, ports: Ports): Promise<void> {
  for (const part of ['value', 'key'] as const) {
    const decoded = options[part]
    if (decoded?.format === 'registry') await checkSubject(decoded, columnsOf(decoded, schema), options.topic === undefined ? undefined : `${options.topic}-${part}`, ports)
  }
}

async function checkSubject({ formatOptions }: DecodedColumns, all: Schema, ofTopic: string | undefined, ports: Ports): Promise<void> {
  const options = resolveRegistryOptions(formatOptions)
  const subject = options.subject ?? ofTopic
  if (subject === undefined) return
  const registry = new SchemaRegistry(options, ports)
  const latest = await registry.latest(subject, new AbortController().signal)
  if (latest === undefined) {
    // Records of other subjects may be in the topic.
    if (options.subject === undefined) return
    throw registryRefused(options.url, `the question for subject "${subject}"`, 'it has no such subject', 'Correct the option "subject", or register the schema.')
  }
  const wrong = wrongFormat(latest, options) ?? (await mismatch(latest, options.readerSchema === undefined ? undefined : givenAvroSchema('readerSchema', options.readerSchema), all))
  if (wrong !== undefined) throw registryMismatch(options.url, subject, 'latest', wrong)
}

async function mismatch(latest: RegisteredSchema, reader: AvroType | undefined, all: Schema): Promise<string | undefined> {
  try {
    if (latest.format === 'avro') checkAvro({ writer: registeredAvro(latest), reader }, all)
    else if (latest.format === 'protobuf') checkMessages(await ProtobufSchema.of(latest), all)
    return undefined
  } catch (error) {
    if (!(error instanceof AvroSchemaFault) && !(error instanceof ProtoSchemaFault)) throw error
    return error.message
  }
}

/** Each record says which message of the file it is, most often the first; one that fits is enough. @throws ProtoSchemaFault of the first */
function checkMessages(schema: ProtobufSchema, all: Schema): void {
  let first: unknown
  for (let i = 0; i === 0 || schema.message([i]) !== undefined; i++) {
    try {
      checkProtobuf(schema, [i], all)
      return
    } catch (error) {
      first ??= error
    }
  }
  throw first
}
