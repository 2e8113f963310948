import { option, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

export const jsonlOptions = optionTable({
  maxRecordBytes: option.integer(1024 * 1024, 'Reading: a longer line is a bad record.', { min: 1, max: 1024 * 1024 * 1024 }),
  ignoreNullFields: option.boolean(false, 'Writing: leave out fields that are null. By default they are written, so that every column stays visible.'),
})

export type JsonlOptions = OptionsOf<typeof jsonlOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveJsonlOptions(options: FormatOptions): ResolvedOptions<typeof jsonlOptions> {
  return resolveOptions(jsonlOptions, options, 'format "jsonl"')
}
