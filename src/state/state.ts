import type { BufferColumn, BufferKind } from '../columnar/buffer-column.ts'
import type { DataType } from '../columnar/data-type.ts'

/**
 * What rows of one stateful operator look like. Written into every segment, so that a changed query is noticed and an
 * appended aggregate can be accepted.
 */
export interface TableSchema {
  readonly keys: readonly { readonly name: string; readonly type: DataType }[]
  /** One entry per aggregate: what it computes, `sum(float64)`, under which column name, in which buffers. */
  readonly values: readonly { readonly name: string; readonly column: string; readonly buffers: readonly BufferKind[] }[]
}

/** Rows without event time live in one bucket that is never dropped by the watermark. */
export const timelessBucket = Number.POSITIVE_INFINITY

/**
 * The rows of one bucket: open addressing over key bytes, values in buffer columns. A slot keeps its number until the
 * table is compacted between batches.
 */
export interface KeyedTable {
  /** Live rows. */
  readonly size: number
  readonly memoryBytes: number
  readonly buffers: readonly BufferColumn[]
  /**
   * The slot of a key (encoded by KeyEncoder), made with cleared buffers if it is new. Marks nothing: call touch()
   * before changing buffers.
   */
  upsert(keys: Uint8Array, start: number, end: number): number
  /**
   * upsert() for many rows: row i has the key keys[offsets[i] .. offsets[i + 1]) and gets its slot in slots[i]. New slots
   * are numbered on from slotCount in order of rows. Faster than one by one.
   */
  upsertAll(keys: Uint8Array, offsets: Int32Array, rows: number, slots: Int32Array): void
  /** Slots given out, live and dead; the next new row gets this one. */
  readonly slotCount: number
  /** The slot of a key, −1 if there is none. */
  find(keys: Uint8Array, start: number, end: number): number
  /** Remembers the slot's values for undo and puts it into the batch's delta. Cheap when repeated within a batch. */
  touch(slot: number): void
  /** touch() for many slots; a negative one stands for no row and is passed over. Faster than one by one. */
  touchAll(slots: Int32Array, rows: number): void
  remove(slot: number): void
  /** Slots touched (and not removed) in this batch, in order of first touch. */
  touched(): Int32Array
  /** All live slots, in order of insertion. */
  slots(): Int32Array
  /** The key of a slot is keyBytes[keyStart(slot) .. keyEnd(slot)). */
  readonly keyBytes: Uint8Array
  keyStart(slot: number): number
  keyEnd(slot: number): number
  /** hashBytes() of the slot's key. */
  hashOf(slot: number): number
}

/** What one batch changed in one partition, as bytes for the checkpoint. */
export interface StateDelta {
  readonly segment: Uint8Array
  /** SHA-256 of the segment. */
  readonly digest: string
  /** Set-hash of the whole partition after the batch, 16 hexadecimal digits. */
  readonly setHash: string
  readonly rowsUpdated: number
  readonly rowsRemoved: number
}

export interface SnapshotPage {
  readonly segment: Uint8Array
  readonly digest: string
}

/** A snapshot that is being read, a page a turn, while batches go on. */
export interface OpenSnapshot extends Iterable<SnapshotPage> {
  /** Number of pages. */
  readonly pages: number
  /** What it keeps beside the state. */
  readonly memoryBytes: number
  /** Ends it before its last page. */
  close(): void
}

/**
 * The state of one operator in one partition: tables by time bucket (window end in microseconds, or an upper bound of
 * the key's time), so that eviction drops buckets and emission scans one. All changes of a batch can be undone until
 * accept() is called.
 */
export interface OperatorState {
  readonly schema: TableSchema
  /** Live rows over all buckets. */
  readonly numRows: number
  /** With what an unfinished snapshot keeps. */
  readonly memoryBytes: number
  /** The table of a bucket, made if there is none. */
  table(bucket: number): KeyedTable
  /** Buckets in ascending order; timelessBucket last. */
  buckets(): readonly number[]
  dropBucket(bucket: number): void
  /** Closes the batch: encodes what changed. Nothing may change until accept() or undo(). */
  delta(batchId: number): StateDelta
  accept(): void
  /** Back to the state before the batch's first change (also without delta()). */
  undo(): void
  /**
   * The whole state after the last accepted batch, in pages of about `bytesPerPage` (default 1 MiB) at most. Begins
   * between batches; its pages may be taken while later ones run. A second call ends the first snapshot.
   */
  snapshot(batchId: number, bytesPerPage?: number): OpenSnapshot
}

export interface StateIdentity {
  readonly queryId: string
  readonly operator: string
  readonly partition: number
}
