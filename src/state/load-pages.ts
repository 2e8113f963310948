import { BufferColumn, type BufferKind } from '../columnar/buffer-column.ts'
import { hashBytes } from '../columnar/hash.ts'
import { MalformedBytes } from './byte-reader.ts'
import { readColumn } from './column-block.ts'
import type { FlatKeyedTable } from './keyed-table.ts'
import type { MemoryOperatorState } from './operator-state.ts'
import { pageHash } from './page-hash.ts'
import { type PageSection, readPageSection, readSetHash } from './section.ts'
import type { Segment } from './segment.ts'
import { SetHash } from './set-hash.ts'

interface LoadedSection extends PageSection {
  /** The segment in which the keys lie. */
  readonly bytes: Uint8Array
  /** Values of the section's rows, entry i belonging to key i. */
  readonly values: readonly BufferColumn[]
  readonly setHash: SetHash
}

/** Fills an empty state from all pages of a snapshot, so that every row gets its former place in the order of insertion. */
export function loadPages(state: MemoryOperatorState, pages: readonly Segment[]): void {
  const kinds = state.schema.values.flatMap(value => value.buffers)
  const buckets = new Map<number, LoadedSection[]>()
  pages.forEach((page, i) => {
    if (page.page !== i || page.pages !== pages.length) {
      throw new MalformedBytes(`page ${i} of ${pages.length} of its snapshot says that it is page ${page.page} of ${page.pages}`)
    }
    if (!page.after.equals(pages[0].after) || page.schema !== pages[0].schema) {
      throw new MalformedBytes(`page ${i} of its snapshot belongs to another one`)
    }
    for (const section of readSections(page, kinds)) {
      const sections = buckets.get(section.bucket)
      if (sections === undefined) buckets.set(section.bucket, [section])
      else sections.push(section)
    }
  })
  const sums = [...buckets].map(([bucket, sections]) => ({ bucket, sum: loadBucket(state.table(bucket), sections) }))
  state.accept()
  for (const { bucket, sum } of sums) {
    const found = state.bucketHash(bucket)
    if (found !== sum.toString()) throw new MalformedBytes(`the set-hash of its bucket ${bucket} is ${found} instead of ${sum}`)
  }
  const { after } = pages[0]
  if (state.setHash !== after.toString()) throw new MalformedBytes(`the set-hash of its rows is ${state.setHash} instead of ${after}`)
}

function readSections(page: Segment, kinds: readonly BufferKind[]): LoadedSection[] {
  const input = page.body
  const sections: LoadedSection[] = []
  for (let left = input.varint('the number of sections'); left > 0; left--) {
    const section = readPageSection(input)
    const n = section.ranks.length
    const places = Int32Array.from({ length: n }, (_, i) => i)
    const values = kinds.map(kind => {
      const column = new BufferColumn(kind, n)
      readColumn(input, column, places, n)
      return column
    })
    sections.push({ ...section, bytes: input.bytes, values, setHash: readSetHash(input) })
  }
  if (input.at !== input.end) throw new MalformedBytes(`${input.end - input.at} bytes follow the last section of page ${page.page}`)
  return sections
}

/** Puts the rows of a bucket in by rank; answers the sum of the sections' set-hashes. */
function loadBucket(table: FlatKeyedTable, sections: readonly LoadedSection[]): SetHash {
  const rows = sections.reduce((sum, section) => sum + section.ranks.length, 0)
  const where = new Int32Array(rows).fill(-1)
  const sum = new SetHash()
  sections.forEach((section, s) => {
    if (section.bucketRows !== rows) throw new MalformedBytes(`its bucket ${section.bucket} has ${rows} rows instead of ${section.bucketRows}`)
    for (const rank of section.ranks) {
      if (where[rank] >= 0) throw new MalformedBytes(`two rows of its bucket ${section.bucket} have the rank ${rank}`)
      where[rank] = s
    }
    sum.addSet(section.setHash)
  })
  // Ranks ascend within a section, so its keys are taken one after the other.
  const next = new Int32Array(sections.length)
  for (let rank = 0; rank < rows; rank++) {
    const { bytes, keys, first, last, bucket } = sections[where[rank]]
    const i = next[where[rank]]++
    const hash = pageHash(hashBytes(bytes, keys[i], keys[i + 1]))
    if (hash < first || hash > last) throw new MalformedBytes(`a row of its bucket ${bucket} stands in a section to which its hash does not belong`)
    if (table.upsert(bytes, keys[i], keys[i + 1]) !== rank) throw new MalformedBytes(`a key of its bucket ${bucket} comes twice`)
  }
  for (const { ranks, values } of sections) {
    values.forEach((column, c) => {
      const to = table.buffers[c]
      for (let i = 0; i < ranks.length; i++) to.copy(ranks[i], column, i)
    })
  }
  return sum
}
