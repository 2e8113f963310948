import { makeError, type MillraceError } from '../../common/errors.ts'
import { option, optional, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import type { FormatOptions } from '../format.ts'

const names = option.value<readonly string[]>([], 'Reading without a header: the names of all columns in the order of the file. By default those of the schema.',
  'a list of names', value => Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string'))

export const csvOptions = optionTable({
  header: option.boolean(false, 'The first record has the names of the columns. Reading finds columns by name then, in any order.'),
  delimiter: option.character(',', 'Stands between two fields.'),
  quote: option.character('"', 'Stands around a field with special characters.'),
  escape: option.character('"', 'Stands before a quote inside a quoted field. By default a quote is doubled, as RFC 4180 has it; Spark\'s default is a backslash.'),
  nullValue: option.text('', 'A field with this text and without quotes is null.'),
  multiLine: option.boolean(true, 'Reading: fields in quotes may have line ends inside. Without, every line is a record of its own, and a large file is read in parts.'),
  encoding: option.oneOf(['utf-8'], 'utf-8', 'Of the bytes; others have to be converted before.'),
  columns: optional(names),
  maxRecordBytes: option.integer(1024 * 1024, 'Reading: a longer record is a bad record.', { min: 1, max: 1024 * 1024 * 1024 }),
})

export type CsvOptions = OptionsOf<typeof csvOptions>
export type ResolvedCsvOptions = ResolvedOptions<typeof csvOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveCsvOptions(options: FormatOptions): ResolvedCsvOptions {
  const resolved = resolveOptions(csvOptions, options, 'format "csv"')
  const { delimiter, quote, escape, nullValue } = resolved
  if (delimiter === quote || delimiter === escape) throw sameCharacter(delimiter)
  if ([delimiter, quote, '\n', '\r'].some(c => nullValue.includes(c))) throw unwritableNull(nullValue)
  return resolved
}

function sameCharacter(character: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Format "csv" uses ${JSON.stringify(character)} both as delimiter and for quoting. Choose different characters.`, {
    context: { name: 'delimiter', value: character, where: 'format "csv"' },
  })
}

function unwritableNull(nullValue: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "nullValue" of format "csv" is ${JSON.stringify(nullValue)}, which could not stand in a field without quotes. Leave out delimiters, quotes and line ends.`, {
    context: { name: 'nullValue', value: nullValue, where: 'format "csv"' },
  })
}
