import { resolveParquetOptions } from './options.ts'
import type { Format, FormatOptions } from '../format.ts'
import { parquetDecoder, parquetSchema } from './file-decoder.ts'
import { ParquetEncoder, type ParquetWriteOptions } from './file-encoder.ts'
import { checkWritable } from './file-elements.ts'

/**
 * Apache Parquet. Read with the encodings and codecs in use (plain, dictionary, delta, byte-stream split; snappy, gzip,
 * zstd, brotli, lz4), written with snappy and dictionaries for text. Timestamps are instants: those without a time
 * zone are taken as UTC, nanoseconds are rounded down to microseconds.
 *
 * Options: `compression` 'snappy' (default) or 'none'; `rowGroupRows` (default 131,072); `metadata`, texts for the footer.
 */
export const parquetFormat: Format = Object.freeze<Format>({
  name: 'parquet',
  extension: 'parquet',
  checkSchema(schema) {
    for (const f of schema.fields) checkWritable(f.type, f.name)
  },
  fileDecoder: schema => parquetDecoder(schema),
  encoder(schema, options) {
    for (const f of schema.fields) checkWritable(f.type, f.name)
    return new ParquetEncoder(schema, writeOptions(options))
  },
  inferSchema: ({ files, path }) => parquetSchema(files, path),
})

function writeOptions(options: FormatOptions): ParquetWriteOptions {
  const { compression, rowGroupRows, metadata } = resolveParquetOptions(options)
  return { codec: compression === 'snappy' ? 'SNAPPY' : 'UNCOMPRESSED', rowGroupRows, metadata }
}
