import type { Json } from '../common/json.ts'
import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { keyText } from '../sinks/live/key-text.ts'
import type { LiveTable } from '../sinks/live/live-table.ts'

/** A row as JSON has it: timestamps and dates are text, int64 beyond 2^53 loses digits. */
export type LiveStateRow = { readonly [column: string]: Json }

/** Reads a live table inside the process: what is committed, never half a batch. */
export interface LiveState {
  readonly name: string
  /** Whether the query has given its rows. Until then there are none. */
  readonly isReady: boolean
  /** The last batch in it; −1 before the first. */
  readonly batchId: number
  readonly size: number
  /**
   * The row of a key, an object with a value for each key column (or the value, when there is one).
   * @throws QueryError LIVE_BAD_KEY
   */
  get(key: Json | Date): LiveStateRow | undefined
  /** All rows, in the order of their last change. */
  rows(): LiveStateRow[]
}

/** The live tables of a session by name. */
export class LiveTables {
  readonly #tables = new Map<string, LiveTable>()

  /** @throws AnalysisError SESSION_NAME_IN_USE when another table has the name */
  add(table: LiveTable): void {
    const other = this.#tables.get(table.name)
    if (other !== undefined && other !== table && other.isReady) {
      throw makeError('SESSION_NAME_IN_USE', `There is a live table "${table.name}" in this session already. Give this one another name.`, { context: { name: table.name } })
    }
    this.#tables.set(table.name, table)
  }

  get(name: string): LiveTable | undefined {
    return this.#tables.get(name)
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()]
  }

  /** @throws AnalysisError LIVE_UNKNOWN */
  state(name: string): LiveState {
    const table = this.#tables.get(name)
    if (table === undefined) {
      throw makeError('LIVE_UNKNOWN', `There is no live table "${name}", only ${quoteList(this.names)}.${didYouMean(name, this.names)} A table is there once its query is started.`, { context: { name, tables: this.names } })
    }
    return {
      name,
      get isReady() {
        return table.isReady
      },
      get batchId() {
        return table.position?.batchId ?? -1
      },
      get size() {
        return table.size
      },
      get: key => {
        const found = table.row(keyText(name, table.keyFields, keyObject(table, key)))
        return found === undefined ? undefined : (JSON.parse(found.row) as LiveStateRow)
      },
      rows: () => [...table.entries()].map(([, { row }]) => JSON.parse(row) as LiveStateRow),
    }
  }
}

function keyObject(table: LiveTable, key: Json | Date): { readonly [column: string]: unknown } {
  const isObject = typeof key === 'object' && key !== null && !Array.isArray(key) && !(key instanceof Date)
  return isObject ? (key as { readonly [column: string]: unknown }) : { [table.key[0] ?? 'key']: key }
}
