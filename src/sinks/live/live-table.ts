import type { Field } from '../../columnar/data-type.ts'
import type { ObservedRow } from '../sink.ts'

/** A row as JSON text, with what says how new it is. */
export type LiveRow = Omit<ObservedRow, 'key'>

/** What a batch did to a live table: rows that are new or changed, in order of change, and keys that are gone. All JSON text. */
export interface LiveBatch {
  readonly batchId: number
  readonly watermarkMs: number | null
  readonly upserts: readonly string[]
  readonly deletes: readonly string[]
}

/** A live table as it stands after a batch; −1: before the first. */
export interface LivePosition {
  readonly queryId: string
  readonly batchId: number
  readonly watermarkMs: number | null
}

type Listener = (batch: LiveBatch) => void

/** Batches kept for readers that come back. */
const keptBatches = 256
/** Text that these batches may hold together, in characters. */
const keptText = 16 * 1024 * 1024

/**
 * The newest rows of a query, by key, as they were committed: what readers of this process and of its web server see.
 * Rows are JSON text, made once a batch, however many read them. A table is whole from `isReady` on: after a restart its
 * rows come back from the checkpoint before the first new batch.
 */
export class LiveTable {
  readonly name: string
  /** Columns of the key; empty for a table that every row is added to. */
  readonly key: readonly string[]
  /** Rows that are kept. */
  readonly retain: number
  readonly #rows = new Map<string, LiveRow>()
  readonly #listeners = new Set<Listener>()
  #keyFields: readonly Field[] = []
  #position: LivePosition | null = null
  #recent: LiveBatch[] = []
  #recentText = 0

  constructor(name: string, key: readonly string[], retain: number) {
    this.name = name
    this.key = key
    this.retain = retain
  }

  /** Whether the query has given its rows; until then nothing can be read. */
  get isReady(): boolean {
    return this.#position !== null
  }

  /** null until the table is ready. */
  get position(): LivePosition | null {
    return this.#position
  }

  /** The key's columns with their types, once a query writes to the table. */
  get keyFields(): readonly Field[] {
    return this.#keyFields
  }

  get size(): number {
    return this.#rows.size
  }

  /** Rows in order of their last change, oldest first. */
  entries(): IterableIterator<[key: string, row: LiveRow]> {
    return this.#rows.entries()
  }

  /** The row of a key, which is `{"column":value, …}` in the order of the key's columns. */
  row(key: string): LiveRow | undefined {
    return this.#rows.get(key)
  }

  /** The batches after `batchId`, if all of them are still known; undefined when the table has to be read anew. */
  since(batchId: number): readonly LiveBatch[] | undefined {
    const position = this.#position
    if (position === null || batchId > position.batchId) return undefined
    if (batchId === position.batchId) return []
    const from = this.#recent.findIndex(b => b.batchId > batchId)
    return from >= 0 && this.#recent[from].batchId === batchId + 1 ? this.#recent.slice(from) : undefined
  }

  /** Calls back for each batch once it is committed, until the answer is called. A listener must not wait or throw. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @internal The rows as the query stands at its start. */
  load(rows: readonly ObservedRow[], position: LivePosition, keyFields: readonly Field[]): void {
    this.#keyFields = keyFields
    this.#rows.clear()
    for (const { key, row, order, batchId } of rows) this.#rows.set(key, { row, order, batchId })
    this.#recent = []
    this.#recentText = 0
    this.#position = position
  }

  /** @internal A committed batch. */
  apply(position: LivePosition, put: readonly ObservedRow[], remove: readonly string[]): void {
    for (const key of remove) this.#rows.delete(key)
    for (const { key, row, order, batchId } of put) {
      // Anew at the end: the order of the map is the order of changes.
      this.#rows.delete(key)
      this.#rows.set(key, { row, order, batchId })
    }
    this.#position = position
    const batch: LiveBatch = { batchId: position.batchId, watermarkMs: position.watermarkMs, upserts: put.map(p => p.row), deletes: remove }
    this.#keep(batch)
    for (const listener of this.#listeners) listener(batch)
  }

  /** @internal The query has ended: what there is stays readable, and is no longer ready. */
  close(): void {
    this.#position = null
  }

  #keep(batch: LiveBatch): void {
    this.#recent.push(batch)
    this.#recentText += textOf(batch)
    while (this.#recent.length > keptBatches || (this.#recentText > keptText && this.#recent.length > 0)) {
      this.#recentText -= textOf(this.#recent[0])
      this.#recent.shift()
    }
  }
}

function textOf({ upserts, deletes }: LiveBatch): number {
  let n = 64
  for (const text of upserts) n += text.length
  for (const text of deletes) n += text.length
  return n
}
