import { type ArrowOptions, resolveArrowOptions } from './arrow/options.ts'
import type { AvroOptions } from './avro/options.ts'
import { type CsvOptions, resolveCsvOptions } from './csv/options.ts'
import type { FormatOptions } from './format.ts'
import { type JsonlOptions, resolveJsonlOptions } from './jsonl/options.ts'
import { type ParquetOptions, resolveParquetOptions } from './parquet/options.ts'
import { unknownFormat } from './registry.ts'
import { resolveTextOptions, type TextOptions } from './text/options.ts'

export type { AvroOptions }

/** Each format by name, with the options that it takes. */
export interface OptionsByFormat {
  readonly jsonl: JsonlOptions
  readonly csv: CsvOptions
  readonly text: TextOptions
  readonly parquet: ParquetOptions
  readonly arrow: ArrowOptions
}

const resolvers: ReadonlyMap<string, (options: FormatOptions) => unknown> = new Map(
  Object.entries({ jsonl: resolveJsonlOptions, csv: resolveCsvOptions, text: resolveTextOptions, parquet: resolveParquetOptions, arrow: resolveArrowOptions }),
)

/**
 * Checks a format's name and options without loading the format, so that a mistake shows where it is written.
 * @throws AnalysisError FORMAT_UNKNOWN, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function checkFormat(format: string, options: FormatOptions): void {
  const resolve = resolvers.get(format)
  if (resolve === undefined) throw unknownFormat(format)
  resolve(options)
}
