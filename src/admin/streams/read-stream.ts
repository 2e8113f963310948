import { isMillraceError } from '../../common/errors.ts'
import { keyText } from '../../sinks/live/key-text.ts'
import type { LiveRow, LiveTable } from '../../sinks/live/live-table.ts'

/** What `GET /streams/NAME` may ask for. */
export interface StreamQuery {
  /** One key: a JSON object or array, or the value alone when the key is one column. */
  readonly key?: string | undefined
  /** Key columns that must be equal: `column=value`. */
  readonly where: readonly string[]
  /** At most this many, the newest. */
  readonly limit?: string | undefined
  /** Rows that a later batch than this one changed. */
  readonly since?: string | undefined
}

/** The rows as JSON text, or what is wrong with the question. */
export type StreamAnswer = { readonly rows: readonly string[] } | { readonly mistake: string }

export function readStream(table: LiveTable, query: StreamQuery): StreamAnswer {
  const limit = query.limit === undefined ? Infinity : Number(query.limit)
  if (!(limit >= 0) || (limit !== Infinity && !Number.isSafeInteger(limit))) return { mistake: `limit is a whole number from 0, not "${query.limit}".` }
  const since = query.since === undefined ? -Infinity : Number(query.since)
  if (Number.isNaN(since)) return { mistake: `since is the number of a batch, not "${query.since}".` }
  let tests: readonly ((key: string) => boolean)[]
  try {
    if (query.key !== undefined) {
      const row = table.row(keyText(table.name, table.keyFields, keyOf(table, query.key)))
      return { rows: row === undefined || row.batchId <= since || limit === 0 ? [] : [row.row] }
    }
    tests = query.where.map(text => equality(table, text))
  } catch (error) {
    if (isMillraceError(error)) return { mistake: error.message }
    throw error
  }
  const found: LiveRow[] = []
  for (const [key, row] of table.entries()) if (row.batchId > since && tests.every(holds => holds(key))) found.push(row)
  return { rows: (limit === Infinity ? found : limit === 0 ? [] : found.slice(-limit)).map(r => r.row) }
}

function keyOf({ key: columns }: LiveTable, text: string): { readonly [column: string]: unknown } {
  const value = jsonOr(text)
  if (Array.isArray(value)) return Object.fromEntries(value.map((v: unknown, i) => [columns[i] ?? `column ${i + 1}`, v]))
  return typeof value === 'object' && value !== null ? (value as { readonly [column: string]: unknown }) : { [columns[0] ?? 'key']: columns.length === 1 ? ofType(text, value) : value }
}

/** A test of a key's text. Only columns of the key can be asked for. */
function equality(table: LiveTable, text: string): (key: string) => boolean {
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const field = table.keyFields.filter(f => f.name === name)
  const value = text.slice(at + 1)
  // keyText refuses what is no column of the key.
  const wanted = keyText(table.name, at < 0 ? [] : field, { [name]: ofType(value, jsonOr(value), field[0]?.type.kind) })
  const member = wanted.slice(1, -1)
  return key => JSON.stringify((JSON.parse(key) as { readonly [column: string]: unknown })[name]) === JSON.stringify((JSON.parse(`{${member}}`) as { readonly [column: string]: unknown })[name])
}

/** Text that is JSON as what it says, other text as it stands. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** A text column may hold `7` or `true`: then the text is meant. */
function ofType(text: string, value: unknown, kind?: string): unknown {
  const isText = kind === undefined ? typeof value === 'string' : ['string', 'timestamp', 'date', 'binary'].includes(kind)
  return isText && typeof value !== 'string' ? text : value
}
