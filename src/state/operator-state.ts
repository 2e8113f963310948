import { assert } from '../common/assert.ts'
import { canonicalJson, type Json } from '../common/json.ts'
import { ByteWriter } from './byte-writer.ts'
import { EntryHashes } from './entry-hash.ts'
import { FlatKeyedTable, type InitBuffers, type TableLayout, tableLayout } from './keyed-table.ts'
import { defaultPageBytes } from './page-plan.ts'
import { writeDeltaSection } from './section.ts'
import { encodeSegment } from './segment.ts'
import { SetHash } from './set-hash.ts'
import { StateSnapshot } from './snapshot.ts'
import type { OperatorState, StateDelta, StateIdentity, TableSchema } from './state.ts'

/** One bucket: its rows and the set-hash they had when the batch began. */
interface Bucket {
  readonly key: number
  readonly table: FlatKeyedTable
  readonly sum: SetHash
}

/** What a batch comes to: set-hashes afterwards, and the buckets to write. */
interface ClosedBatch {
  readonly sum: SetHash
  readonly buckets: readonly { readonly key: number; readonly dropped: boolean; readonly bucket: Bucket | undefined; readonly after: SetHash }[]
  readonly rowsUpdated: number
  readonly rowsRemoved: number
}

/**
 * The state of one operator in one partition, in memory. A batch changes tables in place; what it needs to be undone or
 * written down is kept per table (see FlatKeyedTable) and here: the buckets it made and those it dropped.
 *
 * A table is good until the next accept() or undo(): ask for it again with table() in every batch.
 */
export class MemoryOperatorState implements OperatorState {
  readonly identity: StateIdentity
  readonly schema: TableSchema
  readonly #layout: TableLayout
  readonly #schemaText: string
  readonly #buckets = new Map<number, Bucket>()
  #sortedKeys: readonly number[] | null = null
  /** Set-hash of the partition when the batch began. */
  readonly #sum = new SetHash()
  /** Tables that this batch changed. */
  readonly #changed = new Set<FlatKeyedTable>()
  /** Keys of buckets that this batch made. */
  readonly #made = new Set<number>()
  /** Buckets from before the batch that it dropped. */
  readonly #dropped = new Map<number, Bucket>()
  #rowsChangedInDropped = 0
  #rowsDropped = 0
  #closed: ClosedBatch | null = null
  /** Emptied tables, waiting for another bucket. */
  readonly #spare: FlatKeyedTable[] = []
  #snapshot: StateSnapshot | null = null
  readonly #hashes = new EntryHashes()
  readonly #formerHashes = new EntryHashes()
  /** Stands for the table of a bucket that is gone. */
  readonly #none: FlatKeyedTable

  /** `inits[i]` sets new rows of aggregate i of the schema to "nothing seen yet"; without one they are zeroed. */
  constructor(identity: StateIdentity, schema: TableSchema, inits: readonly (InitBuffers | undefined)[] = []) {
    this.identity = identity
    this.schema = schema
    this.#layout = tableLayout(schema, inits, table => this.#changed.add(table))
    this.#none = new FlatKeyedTable(this.#layout)
    this.#schemaText = canonicalJson(schema as unknown as Json)
  }

  get numRows(): number {
    let rows = 0
    for (const { table } of this.#buckets.values()) rows += table.size
    return rows
  }

  get memoryBytes(): number {
    let bytes = 0
    for (const { table } of this.#buckets.values()) bytes += table.memoryBytes
    for (const { table } of this.#dropped.values()) bytes += table.memoryBytes
    for (const table of this.#spare) bytes += table.memoryBytes
    return bytes + (this.#snapshot?.memoryBytes ?? 0)
  }

  /** Set-hash of the whole partition after the last accepted batch, 16 hexadecimal digits. */
  get setHash(): string {
    return this.#sum.toString()
  }

  /** Set-hash of one bucket after the last accepted batch; that of nothing where there is none. */
  bucketHash(bucket: number): string {
    return (this.#buckets.get(bucket)?.sum ?? new SetHash()).toString()
  }

  table(bucket: number): FlatKeyedTable {
    // Adding zero turns −0 into 0.
    const key = bucket + 0
    const existing = this.#buckets.get(key)
    if (existing !== undefined) return existing.table
    assert(!Number.isNaN(bucket), 'A bucket is a time, not NaN.')
    assert(this.#closed === null, 'A state does not change between delta() and accept() or undo().')
    const table = this.#spare.pop() ?? new FlatKeyedTable(this.#layout)
    table.bucket = key
    this.#buckets.set(key, { key, table, sum: new SetHash() })
    this.#made.add(key)
    this.#sortedKeys = null
    return table
  }

  buckets(): readonly number[] {
    this.#sortedKeys ??= [...this.#buckets.keys()].sort((a, b) => a - b)
    return this.#sortedKeys
  }

  dropBucket(bucket: number): void {
    const dropped = this.#buckets.get(bucket)
    if (dropped === undefined) return
    assert(this.#closed === null, 'A state does not change between delta() and accept() or undo().')
    const { key, table } = dropped
    this.#rowsChangedInDropped += table.rowsChanged
    this.#rowsDropped += table.size + table.rowsRemoved
    this.#changed.delete(table)
    this.#buckets.delete(key)
    this.#sortedKeys = null
    table.seal()
    if (!this.#made.delete(key)) this.#dropped.set(key, dropped)
  }

  delta(batchId: number): StateDelta {
    assert(this.#closed === null, 'A batch has one delta.', { batchId })
    const { sum, buckets, rowsUpdated, rowsRemoved } = this.#close()
    const body = new ByteWriter(4096)
    body.varint(buckets.length)
    for (const { key, dropped, bucket, after } of buckets) {
      const { removed, changed, inserted } = bucket === undefined ? noRows : rowsOf(bucket.table)
      const table = bucket?.table ?? this.#none
      writeDeltaSection(body, { bucket: key, dropped, removed, changed, inserted, setHash: after }, table.arena, table.buffers)
    }
    const head = { ...this.identity, kind: 'delta', batchId, page: 0, pages: 1, before: this.#sum, after: sum, schema: this.#schemaText } as const
    return { ...encodeSegment(head, body), setHash: sum.toString(), rowsUpdated, rowsRemoved }
  }

  accept(): void {
    const { sum, buckets } = this.#closed ?? this.#close()
    this.#sum.set(sum)
    for (const { bucket, after } of buckets) bucket?.sum.set(after)
    for (const table of this.#changed) table.accept()
    // A table that a snapshot still reads is left as it is, with the former values of what the batch changed.
    for (const { table } of this.#dropped.values()) this.#recycle(table)
    for (const { bucket } of buckets) if (bucket?.table.size === 0) this.#forget(bucket)
    for (const key of this.#made) if (this.#buckets.get(key)?.table.size === 0) this.#forget(this.#buckets.get(key) as Bucket)
    this.#beginBatch()
  }

  undo(): void {
    for (const key of this.#made) {
      const bucket = this.#buckets.get(key) as Bucket
      this.#changed.delete(bucket.table)
      this.#forget(bucket)
    }
    for (const [key, bucket] of this.#dropped) {
      bucket.table.undo()
      this.#buckets.set(key, bucket)
    }
    for (const table of this.#changed) table.undo()
    this.#sortedKeys = null
    this.#beginBatch()
  }

  snapshot(batchId: number, bytesPerPage: number = defaultPageBytes): StateSnapshot {
    assert(this.#changed.size + this.#made.size + this.#dropped.size === 0, 'A snapshot begins between batches.', { batchId })
    this.#snapshot?.close()
    const tables = this.buckets().map(key => (this.#buckets.get(key) as Bucket).table)
    const head = { ...this.identity, kind: 'snapshot', batchId, before: this.#sum, schema: this.#schemaText } as const
    this.#snapshot = new StateSnapshot(head, tables, this.#layout.kinds, bytesPerPage)
    return this.#snapshot
  }

  /** Computes the set-hashes after the batch and shuts the tables. */
  #close(): ClosedBatch {
    const keys = new Set(this.#dropped.keys())
    for (const table of this.#changed) keys.add(table.bucket)
    const sum = new SetHash()
    sum.set(this.#sum)
    let rowsUpdated = this.#rowsChangedInDropped
    let rowsRemoved = this.#rowsDropped
    const buckets = [...keys].sort((a, b) => a - b).map(key => {
      const former = this.#dropped.get(key)
      const bucket = this.#buckets.get(key)
      const after = new SetHash()
      if (former !== undefined) sum.subtractSet(former.sum)
      if (bucket !== undefined) {
        const { table } = bucket
        after.set(bucket.sum)
        sum.subtractSet(bucket.sum)
        this.#addChanges(table, after)
        sum.addSet(after)
        rowsUpdated += table.rowsChanged
        rowsRemoved += table.rowsRemoved
        table.seal()
      }
      return { key, dropped: former !== undefined, bucket, after }
    })
    this.#closed = { sum, buckets, rowsUpdated, rowsRemoved }
    return this.#closed
  }

  /** Takes the former entries of changed and removed rows out of the sum, and puts in the present ones of changed and new rows. */
  #addChanges(table: FlatKeyedTable, sum: SetHash): void {
    const { saved, arena, bucket, buffers } = table
    const former = this.#formerHashes
    const present = this.#hashes
    former.keys(bucket, arena, saved.slots, saved.count)
    const changed = table.changedSlots()
    if (changed.length === saved.count) present.sameKeys(former, saved.count)
    else present.keys(bucket, arena, changed, changed.length)
    sum.subtract(former.finish(saved.columns, null, saved.count), saved.count)
    sum.add(present.finish(buffers, changed, changed.length), changed.length)
    const inserted = table.insertedSlots()
    present.keys(bucket, arena, inserted, inserted.length)
    sum.add(present.finish(buffers, inserted, inserted.length), inserted.length)
  }

  #forget(bucket: Bucket): void {
    this.#buckets.delete(bucket.key)
    this.#sortedKeys = null
    this.#recycle(bucket.table)
  }

  #recycle(table: FlatKeyedTable): void {
    table.frozen?.leaveAlone()
    if (table.frozen !== null || this.#spare.length >= maxSpareTables || table.memoryBytes > maxSpareBytes) return
    table.reset()
    this.#spare.push(table)
  }

  #beginBatch(): void {
    this.#changed.clear()
    this.#made.clear()
    this.#dropped.clear()
    this.#rowsChangedInDropped = 0
    this.#rowsDropped = 0
    this.#closed = null
  }
}

const maxSpareTables = 2
const maxSpareBytes = 32 * 1024 * 1024
const noRows = { removed: new Int32Array(0), changed: new Int32Array(0), inserted: new Int32Array(0) }

function rowsOf(table: FlatKeyedTable): { removed: Int32Array; changed: Int32Array; inserted: Int32Array } {
  return { removed: table.removedSlots(), changed: table.changedSlots(), inserted: table.insertedSlots() }
}
