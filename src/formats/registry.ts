import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import type { Format } from './format.ts'

/** Formats by name, loaded on use. */
const loaders: Readonly<Record<string, () => Promise<Format>>> = Object.freeze({
  csv: async () => (await import('./csv/csv-format.ts')).csvFormat,
  jsonl: async () => (await import('./jsonl/jsonl-format.ts')).jsonlFormat,
  text: async () => (await import('./text/text-format.ts')).textFormat,
  arrow: async () => (await import('./arrow/arrow-format.ts')).arrowFormat,
  parquet: async () => (await import('./parquet/parquet-format.ts')).parquetFormat,
})

export const formatNames: readonly string[] = Object.freeze(Object.keys(loaders))

/** @throws AnalysisError FORMAT_UNKNOWN */
export async function loadFormat(name: string): Promise<Format> {
  if (!Object.hasOwn(loaders, name)) throw unknownFormat(name)
  return loaders[name]()
}

export function unknownFormat(name: string): Error {
  return makeError('FORMAT_UNKNOWN', `There is no format "${name}", only ${quoteList(formatNames)}.${didYouMean(name, formatNames)}`, {
    context: { name, formats: formatNames },
  })
}
