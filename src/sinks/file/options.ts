import { fieldIndex, makeSchema, requireField, type Schema } from '../../columnar/schema.ts'
import { describeType, type TypeKind } from '../../columnar/data-type.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import { option, optional, optionTable, required, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'

export const fileSinkOptions = optionTable({
  path: required(option.text('', 'The folder for the files; it is made if needed and belongs to one sink of one query.')),
  format: required(option.text('', 'Name of the format: jsonl, csv, text, parquet …')),
  formatOptions: option.value<{ readonly [key: string]: Json }>({}, 'Options of the format.', 'an object', value => typeof value === 'object' && value !== null && !Array.isArray(value)),
  partitionBy: option.value<readonly string[]>([], 'Columns whose values become folders, column=value, and leave the files.', 'a list of column names', value => Array.isArray(value) && value.every(v => typeof v === 'string')),
  compression: option.oneOf(['none', 'gzip'], 'none', 'Compression of whole files, for jsonl, csv and text. Formats with compression of their own have it in formatOptions.'),
  maxRowsPerFile: optional(option.integer(1, 'A file has at most this many rows.', { min: 1 })),
  maxBytesPerFile: optional(option.integer(1, 'A new file is begun when one has about this many bytes, before compression. Encoders give their bytes in pieces, so well below a megabyte it is a rough guide.', { min: 1 })),
})

export type FileSinkOptions = OptionsOf<typeof fileSinkOptions>
export type ResolvedFileSinkOptions = ResolvedOptions<typeof fileSinkOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveFileSinkOptions(given: { readonly [key: string]: Json | undefined }): ResolvedFileSinkOptions {
  const options = resolveOptions(fileSinkOptions, given, 'sink "files"')
  if (options.path === '') throw invalid('Option "path" of sink "files" is empty. Give a folder.', { path: '' })
  if (options.compression !== 'none' && !['jsonl', 'csv', 'text'].includes(options.format)) {
    throw invalid(`Option "compression" of sink "files" is "${options.compression}", but files of format "${options.format}" are not compressed as a whole. Use the compression option of the format.`, { format: options.format })
  }
  return options
}

const partitionKinds: ReadonlySet<TypeKind> = new Set(['boolean', 'int32', 'int64', 'integer', 'float64', 'string', 'date', 'timestamp'])

/**
 * The columns that stay in the files once those of partitionBy became folders.
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_INVALID_OPTION
 */
export function fileSchema(schema: Schema, partitionBy: readonly string[]): Schema {
  partitionBy.forEach((name, k) => {
    const { type } = schema.fields[requireField(schema, name, 'partitionBy')]
    if (partitionBy.indexOf(name) !== k) throw invalid(`Option "partitionBy" of sink "files" names "${name}" twice. Keep one of them.`, { partitionBy })
    if (!partitionKinds.has(type.kind)) {
      throw invalid(`Option "partitionBy" of sink "files" names "${name}", a ${describeType(type)}, which makes no folder name. Choose a column with single values.`, { partitionBy, column: name })
    }
  })
  if (partitionBy.length > 0 && partitionBy.length === schema.fields.length) {
    throw invalid('Option "partitionBy" of sink "files" names all columns, so nothing is left for the files. Leave one out.', { partitionBy })
  }
  return partitionBy.length === 0 ? schema : makeSchema(schema.fields.filter(f => !partitionBy.includes(f.name)))
}

/** Positions of the partition columns, and of those that stay. */
export function splitColumns(schema: Schema, partitionBy: readonly string[]): { readonly keys: readonly number[]; readonly rest: readonly number[] } {
  return {
    keys: partitionBy.map(name => fieldIndex(schema, name)),
    rest: schema.fields.flatMap((f, k) => (partitionBy.includes(f.name) ? [] : [k])),
  }
}

function invalid(message: string, context: { readonly [key: string]: Json }): MillraceError {
  return makeError('PLAN_INVALID_OPTION', message, { context })
}
