import { describeType, type Field } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import { hasText } from '../../columnar/text/text-reader.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Format, FormatOptions } from '../format.ts'
import { CsvDecoder } from './csv-decoder.ts'
import { CsvRecordDecoder } from './csv-record-decoder.ts'
import { CsvEncoder } from './csv-encoder.ts'
import { inferCsvSchema } from './infer-csv-schema.ts'
import { type ResolvedCsvOptions, resolveCsvOptions } from './options.ts'

/** Comma-separated values: RFC 4180, UTF-8. */
export const csvFormat: Format = Object.freeze({
  name: 'csv',
  extension: 'csv',
  checkSchema: check,
  splittable: options => !resolveCsvOptions(options).multiLine,
  decoder(schema, options, context) {
    return new CsvDecoder(schema, check(schema, options), context)
  },
  recordDecoder(schema, options) {
    return new CsvRecordDecoder(schema, check(schema, options))
  },
  encoder(schema, options) {
    return new CsvEncoder(schema, check(schema, options))
  },
  inferSchema: async (input, options) => inferCsvSchema(input.sample, input.path, resolveCsvOptions(options)),
} satisfies Format)

/** @throws AnalysisError PLAN_UNSUPPORTED_TYPE, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
function check(schema: Schema, options: FormatOptions): ResolvedCsvOptions {
  for (const f of schema.fields) if (!hasText(f.type)) throw noText(f)
  return resolveCsvOptions(options)
}

function noText(f: Field): MillraceError {
  return makeError(
    'PLAN_UNSUPPORTED_TYPE',
    `Format "csv" cannot hold column "${f.name}" of type ${describeType(f.type)}. Select its parts as columns of their own, or use the format "jsonl".`,
    { context: { column: f.name, type: describeType(f.type), format: 'csv' }, spark: 'UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE' },
  )
}
