import { BufferColumn, type BufferKind } from '../columnar/buffer-column.ts'

/** The former values of changed slots, as columns: entry i holds what slot slots[i] had. */
export class UndoLog {
  slots: Int32Array = noSlots
  columns: readonly BufferColumn[]
  count = 0
  readonly #kinds: readonly BufferKind[]

  constructor(kinds: readonly BufferKind[]) {
    this.#kinds = kinds
    this.columns = noColumns(kinds)
  }

  /** Saves one slot of the given columns; answers the entry. */
  save(slot: number, from: readonly BufferColumn[], fromSlot: number): number {
    const entry = this.enter(slot)
    for (let c = 0; c < from.length; c++) this.columns[c].copy(entry, from[c], fromSlot)
    return entry
  }

  /** Makes an entry whose values saveFrom() copies before they change. */
  enter(slot: number): number {
    const entry = this.count
    if (entry === this.slots.length) this.#grow()
    this.slots[entry] = slot
    this.count++
    return entry
  }

  /** Copies the values of all entries from `first` on, a column at a time. */
  saveFrom(first: number, from: readonly BufferColumn[]): void {
    const { slots, count } = this
    for (let c = 0; c < from.length; c++) {
      const to = this.columns[c]
      const source = from[c]
      switch (source.kind) {
        case 'float64':
          for (let i = first; i < count; i++) to.float64[i] = source.float64[slots[i]]
          break
        case 'int32':
          for (let i = first; i < count; i++) to.int32[i] = source.int32[slots[i]]
          break
        default:
          for (let i = first; i < count; i++) to.copy(i, source, slots[i])
      }
    }
  }

  clear(): void {
    if (this.slots.length > 4 * Math.max(this.count, keptEntries)) {
      // What one exceptional batch needed is not kept for ever.
      this.slots = noSlots
      this.columns = noColumns(this.#kinds)
      this.count = 0
      return
    }
    for (const column of this.columns) {
      // Numbers are overwritten by the next entry; bytes would be kept alive.
      if (column.kind === 'bytes') for (let i = 0; i < this.count; i++) column.clear(i)
    }
    this.count = 0
  }

  get memoryBytes(): number {
    let bytes = this.slots.byteLength
    for (const column of this.columns) bytes += column.memoryBytes
    return bytes
  }

  #grow(): void {
    const capacity = Math.max(16, this.slots.length * 2)
    const slots = new Int32Array(capacity)
    slots.set(this.slots)
    this.slots = slots
    for (const column of this.columns) column.grow(capacity)
  }
}

const keptEntries = 4096
const noSlots = new Int32Array(0)

function noColumns(kinds: readonly BufferKind[]): BufferColumn[] {
  return kinds.map(kind => new BufferColumn(kind, 0))
}
