import { BufferColumn, type BufferKind } from '../columnar/buffer-column.ts'
import type { FlatKeyedTable } from './keyed-table.ts'
import { pageHash } from './page-hash.ts'
import { UndoLog } from './undo-log.ts'

/**
 * A table as it was between two batches, readable while later batches go on. The values that those batches change are
 * kept here the first time, when the batch is accepted, and only for pages that are still to be written; keys, and the
 * values of removed rows, stay where they are because the table neither reuses nor moves slots meanwhile.
 */
export class FrozenTable {
  readonly table: FlatKeyedTable
  readonly bucket: number
  /** Slots that were live. */
  slots: Int32Array
  readonly #kinds: readonly BufferKind[]
  #former: UndoLog
  /** Slot to entry of #former plus one; null while nothing changed. */
  #entries: Int32Array | null = null
  #fixedBytes = 2
  readonly #byteColumns: readonly number[]
  readonly #slotCount: number
  /** Rows with a lower page hash are in pages that were written. */
  #openFrom = 0
  /** The state has dropped the table: it lives for the snapshot alone. */
  #isAlone = false

  constructor(table: FlatKeyedTable, kinds: readonly BufferKind[]) {
    this.table = table
    this.bucket = table.bucket
    this.slots = table.slots()
    this.#slotCount = table.slotCount
    this.#kinds = kinds
    this.#former = new UndoLog(kinds)
    for (const kind of kinds) this.#fixedBytes += kind === 'float64' || kind === 'int64' ? 8 : kind === 'int32' ? 4 : 1
    this.#byteColumns = kinds.flatMap((kind, c) => (kind === 'bytes' ? [c] : []))
    table.frozen = this
  }

  /** Takes over the former values of a batch that is being accepted. */
  keepFormer(saved: UndoLog): void {
    this.#entries ??= new Int32Array(this.#slotCount)
    for (let entry = 0; entry < saved.count; entry++) {
      const slot = saved.slots[entry]
      if (slot >= this.#slotCount || this.#entries[slot] !== 0) continue
      if (this.#openFrom > 0 && pageHash(this.table.hashes[slot]) < this.#openFrom) continue
      this.#entries[slot] = this.#former.save(slot, saved.columns, entry) + 1
    }
  }

  /** About the bytes that a row takes in a page. Good before the first later batch. */
  sizeOf(slot: number): number {
    const { arena, buffers } = this.table
    let bytes = arena.end(slot) - arena.start(slot) + this.#fixedBytes
    for (const c of this.#byteColumns) bytes += (buffers[c].bytesAt(slot)?.length ?? 0) + 2
    return bytes
  }

  /** The values that the slots had: entry i belongs to slots[i]. */
  values(slots: Int32Array): BufferColumn[] {
    const { table } = this
    const values = this.#kinds.map(kind => new BufferColumn(kind, slots.length))
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      const kept = this.#entries === null ? 0 : this.#entries[slot]
      const saved = kept > 0 ? -1 : table.savedEntry(slot)
      const from = kept > 0 ? this.#former.columns : saved >= 0 ? table.saved.columns : table.buffers
      const at = kept > 0 ? kept - 1 : saved >= 0 ? saved : slot
      for (let c = 0; c < values.length; c++) values[c].copy(i, from[c], at)
    }
    return values
  }

  /** The rows up to this page hash are written: what happens to them does not matter any more. */
  wrote(lastHash: number): void {
    this.#openFrom = lastHash + 1
  }

  /** The state has no use for the table any more. */
  leaveAlone(): void {
    this.#isAlone = true
  }

  /** What the snapshot holds beside the state: former values, and tables that the state has dropped. */
  get memoryBytes(): number {
    const bytes = this.slots.byteLength + (this.#entries?.byteLength ?? 0) + this.#former.memoryBytes
    return this.#isAlone ? bytes + this.table.memoryBytes : bytes
  }

  /** All rows are written, or never will be. */
  release(): void {
    if (this.table.frozen === this) this.table.frozen = null
    this.slots = noSlots
    this.#entries = null
    this.#former = new UndoLog(this.#kinds)
    this.#isAlone = false
  }
}

const noSlots = new Int32Array(0)
