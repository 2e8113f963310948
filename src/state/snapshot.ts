import { assert } from '../common/assert.ts'
import type { BufferKind } from '../columnar/buffer-column.ts'
import { ByteWriter } from './byte-writer.ts'
import { EntryHashes } from './entry-hash.ts'
import { FrozenTable } from './frozen-table.ts'
import type { FlatKeyedTable } from './keyed-table.ts'
import { coversAll, type PagePart, planPages, ranksOfParts } from './page-plan.ts'
import { writePageSection } from './section.ts'
import { encodeSegment, type SegmentHead } from './segment.ts'
import { SetHash } from './set-hash.ts'
import type { OpenSnapshot, SnapshotPage } from './state.ts'

/**
 * The whole state after one batch, in pages. Taking a page is a turn's work; between two pages batches may come and go.
 * A table is held as it was until its last page is taken or close() is called.
 */
export class StateSnapshot implements OpenSnapshot {
  readonly #head: Omit<SegmentHead, 'page' | 'pages'>
  readonly pages: number
  #tables: readonly FrozenTable[]
  #pages: readonly (readonly PagePart[])[]
  readonly #hashes = new EntryHashes()
  /** The large bucket that is being written, and the ranks of the rows of its parts. */
  #ranks: { readonly frozen: FrozenTable; readonly parts: readonly PagePart[]; readonly ranks: readonly Int32Array[] } | null = null
  #closed = false

  constructor(head: Omit<SegmentHead, 'page' | 'pages' | 'after'>, tables: readonly FlatKeyedTable[], kinds: readonly BufferKind[], bytesPerPage: number) {
    const sum = new SetHash()
    sum.set(head.before)
    this.#head = { ...head, before: sum, after: sum }
    this.#tables = tables.map(table => new FrozenTable(table, kinds))
    this.#pages = planPages(this.#tables, bytesPerPage)
    this.pages = this.#pages.length
  }

  *[Symbol.iterator](): Iterator<SnapshotPage> {
    const sum = new SetHash()
    try {
      for (let page = 0; page < this.pages; page++) {
        assert(!this.#closed, 'A snapshot is read before it is closed and before the next one begins.', { page })
        const body = new ByteWriter(4096)
        body.varint(this.#pages[page].length)
        for (const part of this.#pages[page]) this.#writePart(body, part, sum)
        this.#letGo(page)
        yield encodeSegment({ ...this.#head, page, pages: this.pages }, body)
      }
    } finally {
      this.close()
    }
    // Holds unless somebody changed values of a row without touch(): such a state could not be restored.
    assert(sum.equals(this.#head.after), 'The rows of a snapshot have the set-hash that their deltas gave.', {
      operator: this.#head.operator, partition: this.#head.partition, batchId: this.#head.batchId,
    })
  }

  /** Bytes that are kept beside the state until the pages are written. */
  get memoryBytes(): number {
    let bytes = 0
    for (const frozen of this.#tables) bytes += frozen.memoryBytes
    for (const ranks of this.#ranks?.ranks ?? []) bytes += ranks.byteLength
    return bytes
  }

  /** Lets the tables go. */
  close(): void {
    this.#closed = true
    this.#ranks = null
    for (const frozen of this.#tables) frozen.release()
    // The state remembers its last snapshot, which must not keep tables that are gone.
    this.#tables = []
    this.#pages = []
  }

  #writePart(body: ByteWriter, part: PagePart, sum: SetHash): void {
    const { frozen, first, last } = part
    const ranks = this.#ranksOf(part)
    const slots = ranks === null ? frozen.slots : ranks.map(rank => frozen.slots[rank])
    const values = frozen.values(slots)
    const setHash = new SetHash()
    this.#hashes.keys(frozen.bucket, frozen.table.arena, slots, slots.length)
    setHash.add(this.#hashes.finish(values, null, slots.length), slots.length)
    sum.addSet(setHash)
    const rows = { bucket: frozen.bucket, bucketRows: frozen.slots.length, first, last, slots, ranks: ranks ?? slots, values, setHash }
    writePageSection(body, rows, frozen.table.arena)
  }

  /** What a page holds need not be kept as it was any more. Parts of one bucket follow each other. */
  #letGo(page: number): void {
    for (const { frozen, last } of this.#pages[page]) {
      if (this.#pages[page + 1]?.[0]?.frozen === frozen) frozen.wrote(last)
      else {
        frozen.release()
        if (this.#ranks?.frozen === frozen) this.#ranks = null
      }
    }
  }

  /** The ranks of the rows of a part, null for the only part of its bucket. */
  #ranksOf(part: PagePart): Int32Array | null {
    if (coversAll(part)) return null
    if (this.#ranks?.frozen !== part.frozen) {
      const parts = this.#pages.flat().filter(p => p.frozen === part.frozen)
      this.#ranks = { frozen: part.frozen, parts, ranks: ranksOfParts(part.frozen, parts) }
    }
    return this.#ranks.ranks[this.#ranks.parts.indexOf(part)]
  }
}
