import { option, optional, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

export const parquetOptions = optionTable({
  compression: option.oneOf(['snappy', 'none'], 'snappy', 'Writing: how pages are compressed.'),
  rowGroupRows: option.integer(131_072, 'Writing: rows of a row group.', { min: 1, max: 1_048_576 }),
  metadata: optional(option.value<FooterTexts | undefined>(undefined, 'Writing: texts by name for the footer of the file, which other programs look for.', 'an object of texts', isTexts)),
})

/** Texts by name. */
export type FooterTexts = { readonly [name: string]: string }

function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(v => typeof v === 'string')
}

export type ParquetOptions = OptionsOf<typeof parquetOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveParquetOptions(options: FormatOptions): ResolvedOptions<typeof parquetOptions> {
  return resolveOptions(parquetOptions, options, 'format "parquet"')
}
