import { option, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

export const arrowOptions = optionTable({
  layout: option.oneOf(['file', 'stream'], 'file', 'Writing: the IPC file format, or its streaming format. Reading takes both.'),
})

export type ArrowOptions = OptionsOf<typeof arrowOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveArrowOptions(options: FormatOptions): ResolvedOptions<typeof arrowOptions> {
  return resolveOptions(arrowOptions, options, 'format "arrow"')
}
