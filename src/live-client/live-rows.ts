interface Snapshot {
  readonly queryId: string
  readonly batchId: number
  readonly watermark: string | null
  readonly rows: readonly object[]
}

interface Batch {
  readonly batchId: number
  readonly watermark: string | null
  readonly upserts: readonly object[]
  readonly deletes: readonly object[]
}

/**
 * The rows of a live table as its events make them. With a key, a row replaces the one of its key and goes to the end, as it
 * does on the server; without, rows are added at the end and leave at the beginning.
 */
export class LiveRows {
  readonly #key: readonly string[]
  readonly #rows = new Map<string | number, object>()
  #added = 0
  batchId: number | null = null
  queryId: string | null = null
  watermark: string | null = null

  constructor(key: readonly string[]) {
    this.#key = key
  }

  get rows(): object[] {
    return [...this.#rows.values()]
  }

  /** The table anew: what was there before is not true any more. */
  replace({ queryId, batchId, watermark, rows }: Snapshot): void {
    this.#rows.clear()
    this.queryId = queryId
    this.#at(batchId, watermark)
    for (const row of rows) this.#put(row)
  }

  apply({ batchId, watermark, upserts, deletes }: Batch): void {
    this.#at(batchId, watermark)
    if (this.#key.length > 0) for (const key of deletes) this.#rows.delete(this.#keyOf(key))
    for (const row of upserts) this.#put(row)
    if (this.#key.length === 0) this.#dropOldest(deletes.length)
  }

  #at(batchId: number, watermark: string | null): void {
    this.batchId = batchId
    this.watermark = watermark
  }

  #put(row: object): void {
    const key = this.#key.length === 0 ? this.#added++ : this.#keyOf(row)
    this.#rows.delete(key)
    this.#rows.set(key, row)
  }

  #dropOldest(count: number): void {
    const keys = this.#rows.keys()
    for (let i = 0; i < count; i++) {
      const { value, done } = keys.next()
      if (done === true) return
      this.#rows.delete(value)
    }
  }

  #keyOf(row: object): string {
    const columns: { readonly [column: string]: unknown } = { ...row }
    return JSON.stringify(this.#key.map(name => columns[name] ?? null))
  }
}
