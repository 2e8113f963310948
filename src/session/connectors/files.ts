import type { Json } from '../../common/json.ts'
import type { TypedSchema } from '../../columnar/schema-builder.ts'
import { type FileSinkOptions, resolveFileSinkOptions } from '../../sinks/file/options.ts'
import { type FileSourceOptions, resolveFileSourceOptions } from '../../sources/file/options.ts'
import type { SourceConnector } from '../connector.ts'

/** Formats of files by name. */
export type FileFormat = 'jsonl' | 'csv' | 'text' | 'parquet' | 'arrow'

export type FilesOptions<R> = Omit<FileSourceOptions & FileSinkOptions, 'format'> & {
  readonly format: FileFormat
  /** Columns to read; needed for readStream and readBatch. */
  readonly schema?: TypedSchema<R>
  /** Name of the source on disk. */
  readonly name?: string
}

/**
 * Files of a folder, for reading and writing: new files are new rows, and rows become whole files that a plain reader
 * may open at any time. Reading and writing each have options of their own; see docs/connectors.md.
 *
 *     session.readStream(files({ path: 'flights/', format: 'jsonl', schema: flight, maxFilesPerTrigger: 1 }))
 *     frame.writeStream({ sink: files({ path: 'out/', format: 'parquet' }), … })
 */
export function files<R>(options: FilesOptions<R>): SourceConnector<R> {
  const { schema, name, ...rest } = options
  const given = rest as unknown as { readonly [key: string]: Json }
  return Object.freeze({
    kind: 'connector',
    provider: 'files',
    options: given,
    // Reading without a schema is refused by the session, with advice.
    schema: schema as TypedSchema<R>,
    ...(name === undefined ? {} : { name }),
    checkSource: () => void resolveFileSourceOptions(given),
    checkSink: () => void resolveFileSinkOptions(given),
  })
}
