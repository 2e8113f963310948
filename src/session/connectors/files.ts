import type { Json } from '../../common/json.ts'
import type { TypedSchema } from '../../columnar/schema-builder.ts'
import { checkFormat, type OptionsByFormat } from '../../formats/options.ts'
import { type FileSinkOptions, resolveFileSinkOptions } from '../../sinks/file/options.ts'
import { type FileSourceOptions, resolveFileSourceOptions } from '../../sources/file/options.ts'
import type { SourceConnector, SourceName } from '../connector.ts'

/** Formats of files by name. */
export type FileFormat = 'jsonl' | 'csv' | 'text' | 'parquet' | 'arrow'

type Shared = Omit<FileSourceOptions & FileSinkOptions, 'format' | 'formatOptions'>

export interface FilesOptions<R, F extends FileFormat = FileFormat> extends Shared, SourceName {
  readonly format: F
  readonly formatOptions?: OptionsByFormat[F]
  /** Columns to read; needed for readStream and readBatch. */
  readonly schema?: TypedSchema<R>
}

/**
 * Files of a folder, for reading and writing: new files are new rows, and rows become whole files that a plain reader
 * may open at any time. Reading and writing each have options of their own; see docs/connectors.md.
 *
 *     session.readStream(files({ path: 'flights/', format: 'jsonl', schema: flight, maxFilesPerTrigger: 1 }))
 *     frame.writeStream({ sink: files({ path: 'out/', format: 'parquet' }), … })
 *
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION, FORMAT_UNKNOWN where the connector is used
 */
export function files<R, const F extends FileFormat>(options: FilesOptions<R, F>): SourceConnector<R> {
  const { schema, name, ...rest } = options
  const given = rest as unknown as { readonly [key: string]: Json }
  return Object.freeze({
    kind: 'connector',
    provider: 'files',
    options: given,
    // Reading without a schema is refused by the session, with advice.
    schema: schema as TypedSchema<R>,
    ...(name === undefined ? {} : { name }),
    checkSource: () => checkFormatOf(resolveFileSourceOptions(given)),
    checkSink: () => checkFormatOf(resolveFileSinkOptions(given)),
  })
}

function checkFormatOf(options: { readonly format: string; readonly formatOptions: { readonly [key: string]: Json } }): void {
  checkFormat(options.format, options.formatOptions)
}
