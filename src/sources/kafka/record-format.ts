import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { resolveRegistryOptions } from '../../clients/schema-registry/options.ts'
import { assert } from '../../common/assert.ts'
import { checkFormat } from '../../formats/options.ts'
import type { FormatOptions, RecordDecoder } from '../../formats/format.ts'
import { loadFormat } from '../../formats/registry.ts'
import { avroDecoder, checkAvroFormat, checkReaderSchema } from './avro-format.ts'
import type { DecodedColumns, RecordFormatName } from './options.ts'
import type { DecodeEnvironment } from './registry/environment.ts'
import { FramedDecoder } from './registry/framed-decoder.ts'

/** Decodes keys or values. */
export interface PartDecoder extends RecordDecoder {
  /**
   * Gets what the records need that begin at `starts` (-1: there is none) and end at `ends`, such as schemas that were not met
   * before; undefined when all is there, which is the rule.
   */
  prepare?(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): Promise<void> | undefined
}

/** The format of files whose records are the keys or values. */
const fileFormats: { readonly [format in RecordFormatName]: string | undefined } = Object.freeze({ json: 'jsonl', csv: 'csv', text: 'text', avro: undefined, registry: undefined })

/** The columns of a key or value, out of those of the source. */
export function columnsOf({ columns }: DecodedColumns, schema: Schema): Schema {
  return makeSchema(schema.fields.filter(f => columns.includes(f.name)))
}

/**
 * Without loading the format. `schema`: all columns of the source.
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function checkRecordFormat(decoded: DecodedColumns, schema: Schema): void {
  const { format, formatOptions } = decoded
  if (format === 'avro') checkAvroFormat(decoded, columnsOf(decoded, schema))
  else if (format === 'registry') {
    const { readerSchema } = resolveRegistryOptions(formatOptions)
    if (readerSchema !== undefined) checkReaderSchema(readerSchema, columnsOf(decoded, schema))
  } else checkFormat(fileFormats[format] ?? format, formatOptions)
}

/** `all` are the columns of the key or value, `wanted` those of them that the query reads. */
export async function recordDecoder(decoded: DecodedColumns, all: Schema, wanted: Schema, environment: DecodeEnvironment): Promise<PartDecoder> {
  const { format, formatOptions } = decoded
  if (format === 'avro') return avroDecoder(decoded, all, wanted)
  if (format === 'registry') return new FramedDecoder(resolveRegistryOptions(formatOptions), all, wanted, environment.registryOf(decoded), environment.signal)
  const loaded = await loadFormat(fileFormats[format] ?? format)
  const options: FormatOptions = format === 'csv' ? { columns: all.fields.map(f => f.name), ...formatOptions } : formatOptions
  assert(loaded.recordDecoder !== undefined, 'A format of keys and values decodes single records.', { format })
  return loaded.recordDecoder(wanted, options)
}
