import { checkFormat } from '../../formats/options.ts'
import type { FormatOptions } from '../../formats/format.ts'
import { loadFormat } from '../../formats/registry.ts'
import type { Schema } from '../../columnar/schema.ts'
import { assert } from '../../common/assert.ts'
import type { RecordDecoder } from '../../formats/format.ts'
import type { DecodedColumns, RecordFormatName } from './options.ts'

/** The format of files whose records are the keys or values. Avro and Protobuf with a schema registry have their place here. */
const fileFormats: { readonly [format in RecordFormatName]: string } = Object.freeze({ json: 'jsonl', csv: 'csv', text: 'text' })

/**
 * Without loading the format.
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function checkRecordFormat({ format, formatOptions }: DecodedColumns): void {
  checkFormat(fileFormats[format], formatOptions)
}

/** `all` are the columns of the key or value, `wanted` those of them that the query reads. */
export async function recordDecoder({ format, formatOptions }: DecodedColumns, all: Schema, wanted: Schema): Promise<RecordDecoder> {
  const loaded = await loadFormat(fileFormats[format])
  const options: FormatOptions = format === 'csv' ? { columns: all.fields.map(f => f.name), ...formatOptions } : formatOptions
  assert(loaded.recordDecoder !== undefined, 'A format of keys and values decodes single records.', { format })
  return loaded.recordDecoder(wanted, options)
}
