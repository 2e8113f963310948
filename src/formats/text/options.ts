import { option, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

export const textOptions = optionTable({
  maxRecordBytes: option.integer(1024 * 1024, 'Reading: a longer line is a bad record.', { min: 1, max: 1024 * 1024 * 1024 }),
})

export type TextOptions = OptionsOf<typeof textOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveTextOptions(options: FormatOptions): ResolvedOptions<typeof textOptions> {
  return resolveOptions(textOptions, options, 'format "text"')
}
