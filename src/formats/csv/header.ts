import { makeError, type MillraceError } from '../../common/errors.ts'
import { didYouMean, quoteList } from '../../common/suggest.ts'

/** What separates fields in files that are called CSV. */
const usualDelimiters = [',', ';', '\t', '|']

/**
 * What to say beside the reason why the first record cannot be read, where it may be the options that are wrong: another
 * delimiter, or a header that nobody spoke of, when a field is the name of a column or all of them look like names.
 * `wanted` is how many fields a record should have.
 */
export function firstRecordHint(fields: readonly string[], columns: readonly string[], wanted: number): string {
  const delimiter = wanted > 1 ? otherDelimiter(fields) : undefined
  if (delimiter !== undefined) return `; if ${JSON.stringify(delimiter)} separates the fields, say so with the format option "delimiter"`
  const named = fields.some(f => columns.includes(f)) || (fields.length > 1 && fields.every(looksLikeName))
  return named ? '; if that line has the names of the columns, set the format option "header" to true' : ''
}

function looksLikeName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_ .-]*$/u.test(text) && !/^(?:true|false|null|nan|inf|infinity)$/i.test(text)
}

/**
 * The columns that the file has are not those that are read: `count` of them have the name, not one.
 * `wanted` has the names of all columns that are read.
 */
export function wrongColumns(origin: string, name: string, count: number, names: readonly string[], wanted: readonly string[], hasHeader: boolean): MillraceError {
  const what = count === 0 ? `no column "${name}"` : `${count} columns "${name}"`
  const suggestion = count === 0 ? didYouMean(name, names) : ''
  const foreign = hasHeader && !names.some(n => wanted.includes(n)) && (suggestion === '' || !names.every(looksLikeName))
  return makeError(
    'FORMAT_SCHEMA_MISMATCH',
    `"${origin}" has ${what}; its columns are ${quoteList(names)}.${foreign ? otherwise(names) : `${suggestion} Correct the schema or the file.`}`,
    { context: { origin, name, count, columns: names } },
  )
}

function otherDelimiter(fields: readonly string[]): string | undefined {
  return fields.length === 1 ? usualDelimiters.find(d => fields[0].includes(d)) : undefined
}

/** Advice where not one name fits: it is then more likely the options that are wrong. */
function otherwise(names: readonly string[]): string {
  const delimiter = otherDelimiter(names)
  if (delimiter !== undefined) return ` If ${JSON.stringify(delimiter)} separates the fields, say so with the format option "delimiter"; otherwise correct the schema or the file.`
  return ' None of the columns that are read is among them: if the first line is no header, set the format option "header" to false; otherwise correct the schema or the file.'
}

export function badHeader(origin: string, reason: string): MillraceError {
  return makeError('FORMAT_SCHEMA_MISMATCH', `The header of "${origin}" (line 1, byte 0) cannot be read: ${reason}. Correct the file, or set the format option "header" to false if its first line is none.`, {
    context: { origin, line: 1, byte: 0, reason },
  })
}
