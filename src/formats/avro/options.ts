import type { Json } from '../../common/json.ts'
import { option, optional, type OptionsOf, optionTable, required, type ResolvedOptions, resolveOptions } from '../../common/options.ts'

const expects = 'an Avro schema, as an object or as JSON text'
const isSchema = (value: unknown): boolean => typeof value === 'string' || (typeof value === 'object' && value !== null)

/** Of single Avro records, which have their schema beside them. */
export const avroOptions = optionTable({
  avroSchema: required(option.value<Json>('', 'The schema that the records were written with.', expects, isSchema)),
  readerSchema: optional(option.value<Json | undefined>(undefined, 'The schema by which columns are found, if it is another: its aliases count, and a field that was not written has its default.', expects, isSchema)),
})

export type AvroOptions = OptionsOf<typeof avroOptions>
export type ResolvedAvroOptions = ResolvedOptions<typeof avroOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveAvroOptions(given: { readonly [name: string]: unknown }): ResolvedAvroOptions {
  return resolveOptions(avroOptions, given, 'format "avro"')
}
