import type { Schema } from '../../columnar/schema.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import { AvroRecordDecoder, checkAvro } from '../../formats/avro/avro-record-decoder.ts'
import type { AvroType } from '../../formats/avro/avro-type.ts'
import type { AvroResolution } from '../../formats/avro/compile-avro.ts'
import { resolveAvroOptions } from '../../formats/avro/options.ts'
import { AvroSchemaFault, AvroSchemaParser } from '../../formats/avro/parse-avro-schema.ts'
import type { RecordDecoder } from '../../formats/format.ts'
import type { DecodedColumns } from './options.ts'

/** Keys or values that are Avro records of one schema, without a registry's framing. @throws AnalysisError PLAN_INVALID_OPTION */
export function checkAvroFormat({ formatOptions }: DecodedColumns, all: Schema): void {
  const resolution = resolutionOf(formatOptions)
  explained('avroSchema', 'Declare the columns as the schema has them', () => checkAvro(resolution, all))
}

export function avroDecoder({ formatOptions }: DecodedColumns, all: Schema, wanted: Schema): RecordDecoder {
  return new AvroRecordDecoder(resolutionOf(formatOptions), all, wanted)
}

/** A schema that the user gave. @throws AnalysisError PLAN_INVALID_OPTION */
export function givenAvroSchema(option: string, json: Json): AvroType {
  return explained(option, 'Correct it', () => new AvroSchemaParser().parse(json))
}

/** Columns have to be in a schema that stands beside them in the program. @throws AnalysisError PLAN_INVALID_OPTION */
export function checkReaderSchema(json: Json, all: Schema): void {
  const writer = givenAvroSchema('readerSchema', json)
  explained('readerSchema', 'Declare the columns as the schema has them', () => checkAvro({ writer, strict: true }, all))
}

function resolutionOf(given: { readonly [name: string]: Json }): AvroResolution {
  const { avroSchema, readerSchema } = resolveAvroOptions(given)
  return { writer: givenAvroSchema('avroSchema', avroSchema), reader: readerSchema === undefined ? undefined : givenAvroSchema('readerSchema', readerSchema), strict: true }
}

function explained<T>(option: string, advice: string, of: () => T): T {
  try {
    return of()
  } catch (error) {
    if (!(error instanceof AvroSchemaFault)) throw error
    throw wrongSchema(option, error.message, advice)
  }
}

function wrongSchema(option: string, why: string, advice: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "${option}" of format "avro" is a schema that cannot be used: ${why}. ${advice}.`, { context: { name: option, reason: why } })
}
