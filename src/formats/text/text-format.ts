import { describeType, field, stringType } from '../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Format, FormatOptions } from '../format.ts'
import { LinesDecoder } from './lines-decoder.ts'
import { TextRecordDecoder } from './text-record-decoder.ts'
import { LinesEncoder } from './lines-encoder.ts'
import { resolveTextOptions } from './options.ts'

/** What text is read as when nothing else is said. */
export const textSchema: Schema = makeSchema([field('value', stringType, false)])

/** Plain text: each line is a row of one string column. */
export const textFormat: Format = Object.freeze({
  name: 'text',
  extension: 'txt',
  checkSchema: check,
  splittable: () => true,
  decoder(schema, options, context) {
    // Without a column only lines are counted.
    if (schema.fields.length > 0) check(schema, options)
    return new LinesDecoder(schema, resolveTextOptions(options).maxRecordBytes, context)
  },
  recordDecoder(schema, options) {
    // Without a column records are only checked.
    if (schema.fields.length > 0) check(schema, options)
    return new TextRecordDecoder(schema)
  },
  encoder(schema, options) {
    check(schema, options)
    return new LinesEncoder()
  },
  inferSchema: async (_input, options) => {
    resolveTextOptions(options)
    return textSchema
  },
} satisfies Format)

/** @throws AnalysisError PLAN_UNSUPPORTED_TYPE, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
function check(schema: Schema, options: FormatOptions): void {
  resolveTextOptions(options)
  if (schema.fields.length !== 1 || schema.fields[0].type.kind !== 'string') throw notOneString(schema)
}

function notOneString(schema: Schema): MillraceError {
  const columns = schema.fields.map(f => `${f.name}: ${describeType(f.type)}`)
  return makeError(
    'PLAN_UNSUPPORTED_TYPE',
    `Format "text" holds exactly one column of type string, but there are ${columns.length === 0 ? 'none' : columns.join(', ')}. Select one, or use another format.`,
    { context: { columns, format: 'text' }, spark: 'UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE' },
  )
}
