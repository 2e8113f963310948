import type { Field } from '../../columnar/data-type.ts'
import { makeSchema } from '../../columnar/schema.ts'
import { makeError } from '../../common/errors.ts'
import { JsonlDecoder } from '../../formats/jsonl/jsonl-decoder.ts'
import { rowTexts } from './row-texts.ts'

const maxKeyBytes = 64 * 1024

/**
 * A key as its table has it: columns in order, each value as the jsonl format writes it, so that `"2013-01-01T10:00:00.000Z"`
 * finds what is kept as `"2013-01-01T10:00:00Z"`. Takes an object from column to JSON value, with all columns of the key.
 * @throws QueryError LIVE_BAD_KEY
 */
export function keyText(table: string, fields: readonly Field[], key: { readonly [column: string]: unknown }): string {
  const names = fields.map(f => f.name)
  const missing = names.find(name => !Object.hasOwn(key, name))
  const unknown = Object.keys(key).find(name => !names.includes(name))
  if (missing !== undefined || unknown !== undefined) throw badKey(table, missing === undefined ? `there is no key column "${unknown}"` : `"${missing}" is missing`, names)
  const decoder = new JsonlDecoder(makeSchema(fields), maxKeyBytes, {
    origin: table,
    onBadRecord: 'skip',
    bad: record => {
      throw badKey(table, record.reason, names)
    },
  })
  const batches = [...decoder.push(Buffer.from(`${JSON.stringify(key)}\n`)), ...decoder.end()]
  return rowTexts(batches[0])[0]
}

function badKey(table: string, reason: string, columns: readonly string[]): Error {
  return makeError('LIVE_BAD_KEY', `This is no key of the live table "${table}": ${reason}. A key has a value for each of ${columns.join(', ')}.`, { context: { table, reason, columns } })
}
