import type { Format } from '../format.ts'
import { inferJsonlSchema } from './infer-jsonl-schema.ts'
import { JsonRecordDecoder } from './json-record-decoder.ts'
import { JsonlDecoder } from './jsonl-decoder.ts'
import { JsonlEncoder } from './jsonl-encoder.ts'
import { resolveJsonlOptions } from './options.ts'

/** JSON lines: one object a line, UTF-8. */
export const jsonlFormat: Format = Object.freeze({
  name: 'jsonl',
  extension: 'jsonl',
  checkSchema(_schema, options) {
    resolveJsonlOptions(options)
  },
  splittable: () => true,
  decoder: (schema, options, context) => new JsonlDecoder(schema, resolveJsonlOptions(options).maxRecordBytes, context),
  recordDecoder: schema => new JsonRecordDecoder(schema),
  encoder: (schema, options) => new JsonlEncoder(schema, resolveJsonlOptions(options).ignoreNullFields),
  inferSchema: async (input, options) => {
    resolveJsonlOptions(options)
    return inferJsonlSchema(input.sample, input.path)
  },
} satisfies Format)
