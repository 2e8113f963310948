import type { RecordBatch } from '../../columnar/record-batch.ts'
import { rowsOf, type Row } from '../../columnar/values.ts'

/** What one batch delivered. */
export interface MemorySinkBatch {
  readonly batchId: number
  readonly batches: readonly RecordBatch[]
  /** It may have been delivered before, by an attempt whose end is not known. */
  readonly isReplay: boolean
}

/**
 * Keeps what a query delivers, batch by batch, for as long as the object lives. A batch id that comes again replaces
 * what was there. In complete mode only the newest result counts.
 */
export class MemorySink<R = Row> {
  readonly kind = 'MemorySink'
  #byId = new Map<number, MemorySinkBatch>()
  #complete = false
  #newest = -1

  /** Called by the sink. */
  put(batch: MemorySinkBatch, complete: boolean): void {
    this.#newest = Math.max(this.#newest, batch.batchId)
    this.#complete = complete
    if (complete) for (const id of this.#byId.keys()) if (id !== batch.batchId) this.#byId.delete(id)
    this.#byId.set(batch.batchId, Object.freeze(batch))
  }

  /** Whether it was given the batch, also if clear() took it since. */
  holds(batchId: number): boolean {
    return this.#newest >= batchId
  }

  /** Batches in the order of their ids. */
  get batches(): readonly MemorySinkBatch[] {
    return [...this.#byId.values()].sort((a, b) => a.batchId - b.batchId)
  }

  /** All rows: of every batch in append and update mode, of the newest in complete mode. */
  rows(): R[] {
    return this.batches.flatMap(b => b.batches.flatMap(rowsOf)) as R[]
  }

  /** The rows of one batch; none when it delivered none. */
  rowsOfBatch(batchId: number): R[] {
    return (this.#byId.get(batchId)?.batches ?? []).flatMap(rowsOf) as R[]
  }

  /** Whether it holds whole results, each replacing the one before. */
  get isComplete(): boolean {
    return this.#complete
  }

  clear(): void {
    this.#byId.clear()
  }
}

/** Recognised by its kind: a second copy of the package makes objects of another class. */
export function isMemorySink(value: unknown): value is MemorySink {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'MemorySink'
}
