import { BufferColumn, type BufferKind } from '../columnar/buffer-column.ts'

/** The former values of changed slots, as columns: entry i holds what slot slots[i] had. */
export class UndoLog {
  slots: Int32Array = noSlots
  readonly columns: readonly BufferColumn[]
  count = 0

  constructor(kinds: readonly BufferKind[]) {
    this.columns = kinds.map(kind => new BufferColumn(kind, 0))
  }

  /** Saves a slot of the given columns; answers the entry. */
  save(slot: number, from: readonly BufferColumn[], fromSlot: number): number {
    const entry = this.count
    if (entry === this.slots.length) this.#grow()
    this.slots[entry] = slot
    for (let c = 0; c < from.length; c++) this.columns[c].copy(entry, from[c], fromSlot)
    this.count++
    return entry
  }

  clear(): void {
    for (const column of this.columns) {
      // Numbers are overwritten by the next entry; bytes would be kept alive.
      if (column.kind === 'bytes') for (let i = 0; i < this.count; i++) column.clear(i)
    }
    this.count = 0
  }

  get memoryBytes(): number {
    let bytes = this.slots.byteLength
    for (const c of this.columns) bytes += c.float64.byteLength + c.int32.byteLength + c.int64.byteLength + c.boolean.byteLength
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

const noSlots = new Int32Array(0)
