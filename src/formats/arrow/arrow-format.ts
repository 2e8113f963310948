import { resolveArrowOptions } from './options.ts'
import type { Format } from '../format.ts'
import { ArrowEncoder } from './encoder.ts'
import { arrowFileDecoder, arrowSchema } from './file-decoder.ts'
import { ArrowStreamDecoder } from './stream-decoder.ts'

/**
 * Arrow IPC, both layouts; which one it is follows from the bytes. Files are best read through `fileDecoder`, which
 * goes by the footer; `decoder` is for bytes that come from elsewhere. Timestamps are instants: those without a time
 * zone are taken as UTC, nanoseconds are rounded down to microseconds.
 *
 * Option for writing: `layout` 'file' (default) or 'stream'.
 */
export const arrowFormat: Format = Object.freeze<Format>({
  name: 'arrow',
  extension: 'arrow',
  decoder: (schema, _options, context) => new ArrowStreamDecoder(schema, context.origin),
  fileDecoder: schema => arrowFileDecoder(schema),
  encoder: (schema, options) => new ArrowEncoder(schema, resolveArrowOptions(options).layout),
  inferSchema: input => arrowSchema(input),
})
