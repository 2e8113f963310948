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
import type { SnapshotPage } from './state.ts'

/**
 * The whole state after one batch, in pages. Taking a page is a turn's work; between two pages batches may come and go.
 * The tables are held as they were until the last page is taken or close() is called.
 */
export class StateSnapshot implements Iterable<SnapshotPage> {
  readonly #head: Omit<SegmentHead, 'page' | 'pages'>
  readonly #tables: readonly FrozenTable[]
  readonly #pages: readonly (readonly PagePart[])[]
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
  }

  get pages(): number {
    return this.#pages.length
  }

  *[Symbol.iterator](): Iterator<SnapshotPage> {
    const sum = new SetHash()
    try {
      for (let page = 0; page < this.#pages.length; page++) {
        assert(!this.#closed, 'A snapshot is read before it is closed and before the next one begins.', { page })
        const body = new ByteWriter(4096)
        body.varint(this.#pages[page].length)
        for (const part of this.#pages[page]) this.#writePart(body, part, sum)
        yield encodeSegment({ ...this.#head, page, pages: this.#pages.length }, body)
      }
    } finally {
      this.close()
    }
    // Holds unless somebody changed values of a row without touch(): such a state could not be restored.
    assert(sum.equals(this.#head.after), 'The rows of a snapshot have the set-hash that their deltas gave.', {
      operator: this.#head.operator, partition: this.#head.partition, batchId: this.#head.batchId,
    })
  }

  /** Lets the tables go. */
  close(): void {
    this.#closed = true
    this.#ranks = null
    for (const frozen of this.#tables) frozen.release()
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
