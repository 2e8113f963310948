import { assert } from '../common/assert.ts'
import { BufferColumn, type BufferKind } from '../columnar/buffer-column.ts'
import { KeyArena } from './key-arena.ts'
import { hashKey, KeyBytes } from './key-bytes.ts'
import { KeyIndex } from './key-index.ts'
import { DeadRows } from './dead-rows.ts'
import type { FrozenTable } from './frozen-table.ts'
import type { KeyedTable, TableSchema } from './state.ts'
import { UndoLog } from './undo-log.ts'

/** Sets a new slot of one aggregate to "nothing seen yet"; slots come zeroed, so most aggregates need none. */
export type InitBuffers = (buffers: readonly BufferColumn[], slot: number) => void

/** What all tables of a state share. `inits[i]`, where given, belongs to aggregate i of the schema. */
export interface TableLayout {
  readonly kinds: readonly BufferKind[]
  /** Number of buffers per aggregate. */
  readonly widths: readonly number[]
  readonly inits: readonly (InitBuffers | undefined)[]
  /** Called at the first change of a table in a batch. */
  readonly onFirstChange: (table: FlatKeyedTable) => void
}

export function tableLayout(
  schema: TableSchema,
  inits: readonly (InitBuffers | undefined)[] = [],
  onFirstChange: (table: FlatKeyedTable) => void = () => {},
): TableLayout {
  return { kinds: schema.values.flatMap(v => v.buffers), widths: schema.values.map(v => v.buffers.length), inits, onFirstChange }
}

/**
 * Rows in typed arrays: no JavaScript object per key. Slots are given out in order of insertion and are not reused
 * before compact(); a removed row stays in its slot as a dead one. So the slots made in a batch are the last ones, and
 * undoing them means forgetting the end.
 *
 *   slot   0 ……………… base ……………… count
 *          before      made in       free, zeroed
 *          the batch   the batch
 */
export class FlatKeyedTable implements KeyedTable {
  /** The bucket whose rows these are. */
  bucket = 0
  /** The snapshot that still reads this table as it was, if any. Until it is through, slots keep their numbers. */
  frozen: FrozenTable | null = null
  readonly buffers: readonly BufferColumn[]
  readonly arena: KeyArena = new KeyArena()
  /** Values that slots below `base` had before the batch changed or removed them. */
  readonly saved: UndoLog
  hashes: Int32Array
  #index: KeyIndex
  /** 0 for a slot that the batch left alone. Below base: its entry in `saved` plus one. From base on: 1 if touched. */
  #marks: Int32Array
  readonly #dead = new DeadRows()
  /** All touched slots in order of first touch. */
  #order: Int32Array = noSlots
  #orderCount = 0
  #removedUntouched = 0
  #removedInBatch = 0
  #count = 0
  #base = 0
  #sealed = false
  readonly #onFirstChange: (table: FlatKeyedTable) => void
  readonly #inits: readonly { readonly init: InitBuffers; readonly buffers: readonly BufferColumn[] }[]

  constructor(layout: TableLayout) {
    this.#index = new KeyIndex(16)
    const capacity = this.#index.capacity
    this.hashes = new Int32Array(capacity)
    this.#marks = new Int32Array(capacity)
    this.buffers = layout.kinds.map(kind => new BufferColumn(kind, capacity))
    this.saved = new UndoLog(layout.kinds)
    let at = 0
    const inits: { init: InitBuffers; buffers: BufferColumn[] }[] = []
    layout.widths.forEach((width, i) => {
      const init = layout.inits[i]
      if (init !== undefined) inits.push({ init, buffers: this.buffers.slice(at, at + width) })
      at += width
    })
    this.#inits = inits
    this.#onFirstChange = layout.onFirstChange
  }

  get size(): number {
    return this.#count - this.#dead.count
  }

  /** Slots in use, live and dead. */
  get slotCount(): number {
    return this.#count
  }

  /** Rows put in or changed by this batch, including those it removed afterwards. */
  get rowsChanged(): number {
    return this.saved.count - this.#removedUntouched + (this.#count - this.#base)
  }

  get rowsRemoved(): number {
    return this.#removedInBatch
  }

  get changed(): boolean {
    return this.saved.count > 0 || this.#count > this.#base
  }

  get keyBytes(): Uint8Array {
    return this.arena.bytes
  }

  keyStart(slot: number): number {
    return this.arena.start(slot)
  }

  keyEnd(slot: number): number {
    return this.arena.end(slot)
  }

  hashOf(slot: number): number {
    return this.hashes[slot] >>> 0
  }

  isLive(slot: number): boolean {
    return !this.#dead.has(slot)
  }

  find(keys: Uint8Array, start: number, end: number): number {
    asked.set(keys)
    return this.#index.find(hashKey(asked, start, end), this.arena, asked, start, end)
  }

  upsert(keys: Uint8Array, start: number, end: number): number {
    asked.set(keys)
    const hash = hashKey(asked, start, end)
    const found = this.#index.find(hash, this.arena, asked, start, end)
    return found >= 0 ? found : this.#insert(hash, keys, start, end)
  }

  upsertAll(keys: Uint8Array, offsets: Int32Array, rows: number, slots: Int32Array): void {
    for (let from = 0; from < rows; from += blockRows) this.#upsertBlock(keys, offsets, from, Math.min(rows, from + blockRows), slots)
  }

  touchAll(slots: Int32Array, rows: number): void {
    const marks = this.#marks
    const base = this.#base
    const first = this.saved.count
    for (let i = 0; i < rows; i++) {
      const slot = slots[i]
      if (slot < 0 || marks[slot] !== 0) continue
      marks[slot] = slot < base ? this.#enter(slot) + 1 : 1
      this.#note(slot)
    }
    this.saved.saveFrom(first, this.buffers)
  }

  touch(slot: number): void {
    if (this.#marks[slot] === 0) this.#firstTouch(slot)
  }

  remove(slot: number): void {
    assert(slot < this.#count && this.isLive(slot), 'Only a live row can be removed.', { slot })
    if (slot < this.#base && this.#marks[slot] === 0) {
      this.#save(slot)
      this.#removedUntouched++
    }
    this.#removedInBatch++
    this.#index.remove(slot, this.hashes)
    this.#dead.add(slot, this.arena.end(slot) - this.arena.start(slot), this.hashes.length)
  }

  touched(): Int32Array {
    const order = this.#order.subarray(0, this.#orderCount)
    return this.#removedInBatch === 0 ? order : order.filter(slot => this.isLive(slot))
  }

  slots(): Int32Array {
    return this.liveSlots(0, this.#count)
  }

  /** Live slots of from ≤ slot < to, ascending. */
  liveSlots(from: number, to: number): Int32Array {
    const slots = new Int32Array(to - from)
    let n = 0
    for (let slot = from; slot < to; slot++) if (this.isLive(slot)) slots[n++] = slot
    return n === slots.length ? slots : slots.slice(0, n)
  }

  /** The entry of a slot below base in `saved`, −1 when the batch left it alone. */
  savedEntry(slot: number): number {
    return this.#marks[slot] - 1
  }

  /** Live slots from before the batch that it changed, in order of their first change. */
  changedSlots(): Int32Array {
    const slots = this.saved.slots.subarray(0, this.saved.count)
    return this.#removedInBatch === 0 ? slots : slots.filter(slot => this.isLive(slot))
  }

  /** Slots from before the batch that it removed. */
  removedSlots(): Int32Array {
    if (this.#removedInBatch === 0) return noSlots
    return this.saved.slots.subarray(0, this.saved.count).filter(slot => !this.isLive(slot))
  }

  /** Live slots that the batch made, in order of insertion. */
  insertedSlots(): Int32Array {
    return this.liveSlots(this.#base, this.#count)
  }

  /** From here until accept() or undo() a change is a bug. */
  seal(): void {
    this.#sealed = true
  }

  /** Makes the batch's changes permanent. Slots get new numbers when many are dead. */
  accept(): void {
    this.#clearMarks()
    if (this.frozen !== null) this.frozen.keepFormer(this.saved)
    else if (this.#dead.count * 2 > this.#count || this.#dead.keyBytes * 2 > this.arena.usedBytes) this.#compact()
    this.#beginBatch()
  }

  /** Back to the rows and values before the batch. */
  undo(): void {
    this.#clearMarks()
    for (let entry = 0; entry < this.saved.count; entry++) {
      const slot = this.saved.slots[entry]
      for (let c = 0; c < this.buffers.length; c++) this.buffers[c].copy(slot, this.saved.columns[c], entry)
      if (this.isLive(slot)) continue
      this.#revive(slot)
      this.#index.insert(this.hashes[slot], slot)
    }
    for (let slot = this.#base; slot < this.#count; slot++) {
      for (const buffer of this.buffers) buffer.clear(slot)
      if (this.isLive(slot)) this.#index.remove(slot, this.hashes)
      else this.#revive(slot)
    }
    this.#count = this.#base
    this.arena.truncate(this.#base)
    this.#beginBatch()
  }

  /** Empties the table for another bucket, keeping its memory. */
  reset(): void {
    this.#clearMarks()
    for (const buffer of this.buffers) {
      if (buffer.kind === 'bytes') for (let slot = 0; slot < this.#count; slot++) buffer.clear(slot)
      else zero(buffer, 0, this.#count)
    }
    this.#index.clear()
    this.arena.truncate(0)
    this.#dead.clear()
    this.#count = 0
    this.#beginBatch()
  }

  get memoryBytes(): number {
    let bytes = this.arena.memoryBytes + this.#index.memoryBytes + this.saved.memoryBytes
    bytes += this.hashes.byteLength + this.#marks.byteLength + this.#order.byteLength + this.#dead.memoryBytes
    for (const buffer of this.buffers) bytes += buffer.memoryBytes
    return bytes
  }

  #upsertBlock(keys: Uint8Array, offsets: Int32Array, from: number, to: number, slots: Int32Array): void {
    const n = to - from
    asked.set(keys)
    for (let i = 0; i < n; i++) blockHashes[i] = hashKey(asked, offsets[from + i], offsets[from + i + 1])
    const index = this.#index
    const { size } = index
    index.firstEntries(blockHashes, n, blockEntries)
    for (let i = 0; i < n; i++) {
      const start = offsets[from + i]
      const end = offsets[from + i + 1]
      // After the index has grown the entries read before mean nothing.
      const first = index.size === size ? blockEntries[i] : 0
      const found = index.findFrom(first, blockHashes[i], this.arena, asked, start, end)
      slots[from + i] = found >= 0 ? found : this.#insert(blockHashes[i], keys, start, end)
    }
  }

  #insert(hash: number, keys: Uint8Array, start: number, end: number): number {
    assert(!this.#sealed, 'A table does not change between delta() and accept() or undo().')
    if (!this.changed) this.#onFirstChange(this)
    const slot = this.#count
    if (slot === this.hashes.length) this.#grow()
    this.arena.push(keys, start, end)
    this.hashes[slot] = hash
    this.#count++
    this.#index.insert(hash, slot)
    for (const { init, buffers } of this.#inits) init(buffers, slot)
    return slot
  }

  #firstTouch(slot: number): void {
    if (slot >= this.#base) this.#marks[slot] = 1
    else this.#save(slot)
    this.#note(slot)
  }

  #note(slot: number): void {
    if (this.#orderCount === this.#order.length) this.#order = enlarged(this.#order, Math.max(16, this.#orderCount * 2))
    this.#order[this.#orderCount++] = slot
  }

  #save(slot: number): void {
    const entry = this.#enter(slot)
    this.#marks[slot] = entry + 1
    this.saved.saveFrom(entry, this.buffers)
  }

  #enter(slot: number): number {
    assert(!this.#sealed, 'A table does not change between delta() and accept() or undo().')
    if (!this.changed) this.#onFirstChange(this)
    return this.saved.enter(slot)
  }

  #revive(slot: number): void {
    this.#dead.remove(slot, this.arena.end(slot) - this.arena.start(slot))
  }

  #clearMarks(): void {
    const { slots, count } = this.saved
    for (let entry = 0; entry < count; entry++) this.#marks[slots[entry]] = 0
    this.#marks.fill(0, this.#base, this.#count)
  }

  #beginBatch(): void {
    this.saved.clear()
    // What one exceptional batch needed is not kept for ever.
    if (this.#order.length > 4 * Math.max(this.#orderCount, keptOrder)) this.#order = noSlots
    this.#orderCount = 0
    this.#removedUntouched = 0
    this.#removedInBatch = 0
    this.#base = this.#count
    this.#sealed = false
  }

  #grow(): void {
    this.#index.double()
    const capacity = this.#index.capacity
    this.hashes = enlarged(this.hashes, capacity)
    this.#marks = enlarged(this.#marks, capacity)
    this.arena.reserveFor(capacity)
    for (const buffer of this.buffers) buffer.grow(capacity)
    this.#fillIndex()
  }

  #fillIndex(): void {
    for (let slot = 0; slot < this.#count; slot++) if (this.isLive(slot)) this.#index.insert(this.hashes[slot], slot)
  }

  /** Moves the live rows together, in their order. */
  #compact(): void {
    const live = this.slots()
    this.arena.keep(live)
    for (let i = 0; i < live.length; i++) this.hashes[i] = this.hashes[live[i]]
    for (const buffer of this.buffers) {
      for (let i = 0; i < live.length; i++) if (live[i] !== i) buffer.copy(i, buffer, live[i])
      for (let slot = live.length; slot < this.#count; slot++) buffer.clear(slot)
    }
    this.#count = live.length
    this.#dead.clear()
    this.#index.clear()
    this.#fillIndex()
  }
}

/** The keys of the call that runs; shared by all tables. */
const asked = new KeyBytes()
/** Rows whose first index entries are read together; shared, since nothing else runs meanwhile. */
const blockRows = 1024
const blockHashes = new Int32Array(blockRows)
const blockEntries = new Int32Array(blockRows)
const keptOrder = 4096
const noSlots = new Int32Array(0)

function enlarged(old: Int32Array, capacity: number): Int32Array {
  const bigger = new Int32Array(capacity)
  bigger.set(old)
  return bigger
}

function zero(buffer: BufferColumn, from: number, to: number): void {
  buffer.float64.fill(0, from, to)
  buffer.int32.fill(0, from, to)
  buffer.int64.fill(0n, from, to)
  buffer.boolean.fill(0, from, to)
}
