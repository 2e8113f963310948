import { option, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

export const parquetOptions = optionTable({
  compression: option.oneOf(['snappy', 'none'], 'snappy', 'Writing: how pages are compressed.'),
  rowGroupRows: option.integer(131_072, 'Writing: rows of a row group.', { min: 1, max: 1_048_576 }),
})

export type ParquetOptions = OptionsOf<typeof parquetOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveParquetOptions(options: FormatOptions): ResolvedOptions<typeof parquetOptions> {
  return resolveOptions(parquetOptions, options, 'format "parquet"')
}
