/** A row as JSON has it. */
export type Row = { readonly [column: string]: unknown }

export interface LiveSnapshot {
  readonly batchId: number
  readonly watermark: string | null
  readonly rows: readonly Row[]
}

export interface LiveChange {
  readonly batchId: number
  readonly watermark: string | null
  readonly upserts: readonly Row[]
  /** Keys; of a table without a key something for each row that left at its beginning. */
  readonly deletes: readonly unknown[]
}

/** The rows of a live table in the order of their last change, oldest first, kept as the server's table is. */
export class LiveRows {
  readonly #key: readonly string[]
  readonly #rows = new Map<string, Row>()
  #nextOrder = 0
  batchId = -1
  watermark: string | null = null

  constructor(key: readonly string[]) {
    this.#key = key
  }

  get size(): number {
    return this.#rows.size
  }

  rows(): Row[] {
    return [...this.#rows.values()]
  }

  load({ batchId, watermark, rows }: LiveSnapshot): void {
    this.#rows.clear()
    for (const row of rows) this.#put(row)
    this.batchId = batchId
    this.watermark = watermark
  }

  /** A batch that is known already changes nothing. Answers the keys of what changed. */
  apply({ batchId, watermark, upserts, deletes }: LiveChange): ReadonlySet<string> {
    const changed = new Set<string>()
    if (batchId <= this.batchId) return changed
    if (this.#key.length === 0) this.#dropOldest(deletes.length)
    else for (const key of deletes) this.#rows.delete(this.#textOf(key as Row))
    for (const row of upserts) changed.add(this.#put(row))
    this.batchId = batchId
    this.watermark = watermark
    return changed
  }

  keyOf(row: Row): string {
    return this.#textOf(row)
  }

  #put(row: Row): string {
    const key = this.#key.length === 0 ? String(this.#nextOrder++) : this.#textOf(row)
    // Anew at the end.
    this.#rows.delete(key)
    this.#rows.set(key, row)
    return key
  }

  #dropOldest(n: number): void {
    let left = n
    for (const key of this.#rows.keys()) {
      if (left-- <= 0) return
      this.#rows.delete(key)
    }
  }

  /** Own properties only: a column may be called anything. */
  #textOf(row: Row): string {
    return JSON.stringify(this.#key.map(name => (Object.hasOwn(row, name) ? row[name] : null)))
  }
}
