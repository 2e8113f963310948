import { BufferColumn } from '../../columnar/buffer-column.ts'
import type { KeyedTable } from '../../state/state.ts'
import { buffersOf, type CompiledAggregation } from './aggregation.ts'

/**
 * Folds the panes of one window after another, for a fixed set of keys, with about four merges per pane and key however
 * many panes a window has. A queue of two stacks: of the older panes the folds up to the middle are kept, of the newer
 * ones a single fold; when the older are used up the middle moves to the end.
 *
 *   panes      first ……… middle ……… last
 *              suffixes:            back:
 *              fold of i … middle   fold of middle … last
 *   a window = suffix of its first pane, then back
 */
export class PaneFolder {
  /** The window that move() went to, by slot of the keys. */
  readonly buffers: readonly BufferColumn[]
  readonly #aggregation: CompiledAggregation
  readonly #keys: KeyedTable
  readonly #pane: (index: number) => KeyedTable
  readonly #suffixes: readonly BufferColumn[]
  readonly #back: readonly BufferColumn[]
  /** Slots 0 … n − 1, for n keys. */
  readonly #all: Int32Array
  /** Where each key is in the panes from `first` to `last`, −1 where it is not. */
  readonly #found = new Map<number, Int32Array>()
  #suffixBase = 0
  #first = 0
  #middle = 0
  #last = 0

  /** `pane(i)` is the table of pane i. `most`: the largest number of panes in a window. */
  constructor(aggregation: CompiledAggregation, keys: KeyedTable, pane: (index: number) => KeyedTable, most: number) {
    const n = keys.slotCount
    this.#aggregation = aggregation
    this.#keys = keys
    this.#pane = pane
    this.#all = Int32Array.from({ length: n }, (_, slot) => slot)
    const columns = (slots: number): readonly BufferColumn[] => aggregation.bufferKinds.map(kind => new BufferColumn(kind, slots))
    this.buffers = columns(n)
    this.#back = columns(n)
    this.#suffixes = columns(n * most)
  }

  /** Folds the panes from `first` up to, not including, `last`. Neither may be less than in the call before. */
  move(first: number, last: number): void {
    if (first >= this.#last) this.#restart(first)
    for (; this.#last < last; this.#last++) {
      this.#found.set(this.#last, this.#find(this.#pane(this.#last)))
      this.#addPane(this.#back, 0, this.#last)
    }
    for (; this.#first < first; this.#first++) this.#found.delete(this.#first)
    if (first >= this.#middle) this.#moveMiddle()
    this.#clear(this.buffers, 0)
    this.#add(this.buffers, 0, this.#suffixes, first - this.#suffixBase)
    this.#add(this.buffers, 0, this.#back, 0)
  }

  #restart(first: number): void {
    this.#found.clear()
    this.#clear(this.#back, 0)
    this.#first = this.#middle = this.#last = first
  }

  #moveMiddle(): void {
    this.#suffixBase = this.#first
    for (let i = this.#last - 1; i >= this.#first; i--) {
      const row = i - this.#suffixBase
      this.#clear(this.#suffixes, row)
      this.#addPane(this.#suffixes, row, i)
      if (i + 1 < this.#last) this.#add(this.#suffixes, row, this.#suffixes, row + 1)
    }
    this.#middle = this.#last
    this.#clear(this.#back, 0)
  }

  #find(pane: KeyedTable): Int32Array {
    const keys = this.#keys
    return this.#all.map(slot => pane.find(keys.keyBytes, keys.keyStart(slot), keys.keyEnd(slot)))
  }

  /** Sets a row of folds, one slot per key, to "nothing seen yet". */
  #clear(columns: readonly BufferColumn[], row: number): void {
    const from = row * this.#all.length
    for (const column of columns) for (let i = 0; i < this.#all.length; i++) column.clear(from + i)
    for (const a of this.#aggregation.aggregates) {
      const { init } = a.signature
      if (init !== undefined) for (let i = 0; i < this.#all.length; i++) init(buffersOf(a, columns), from + i)
    }
  }

  #addPane(into: readonly BufferColumn[], row: number, index: number): void {
    const found = this.#found.get(index) as Int32Array
    const slots = this.#all.filter(k => found[k] >= 0)
    this.#merge(into, slots.map(k => row * this.#all.length + k), this.#pane(index).buffers, slots.map(k => found[k]))
  }

  #add(into: readonly BufferColumn[], row: number, from: readonly BufferColumn[], fromRow: number): void {
    const n = this.#all.length
    this.#merge(into, this.#all.map(k => row * n + k), from, this.#all.map(k => fromRow * n + k))
  }

  #merge(into: readonly BufferColumn[], slots: Int32Array, from: readonly BufferColumn[], fromSlots: Int32Array): void {
    for (const a of this.#aggregation.aggregates) a.signature.merge(buffersOf(a, into), slots, buffersOf(a, from), fromSlots, slots.length)
  }
}
