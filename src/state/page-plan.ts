import type { FrozenTable } from './frozen-table.ts'
import { pageHash } from './page-hash.ts'

/** What is aimed at for a page; one row that is larger makes a page of its own size. */
export const defaultPageBytes = 1024 * 1024

/** The rows of one bucket whose page hash lies in first … last. */
export interface PagePart {
  readonly frozen: FrozenTable
  readonly first: number
  readonly last: number
}

/** Cuts large buckets into ranges of the page hash and puts small ones together. */
export function planPages(tables: readonly FrozenTable[], bytesPerPage: number): PagePart[][] {
  const pages: PagePart[][] = []
  let page: PagePart[] = []
  let bytes = 0
  for (const frozen of tables) {
    for (const { first, last, size } of ranges(frozen, bytesPerPage)) {
      if (page.length > 0 && bytes + size > bytesPerPage) {
        pages.push(page)
        page = []
        bytes = 0
      }
      page.push({ frozen, first, last })
      bytes += size
    }
  }
  pages.push(page)
  return pages
}

const allHashes = 0xffff_ffff

/** The part is its whole bucket. */
export function coversAll(part: PagePart): boolean {
  return part.first === 0 && part.last === allHashes
}

/** Ranges that cover all hashes, each of about a page. */
function ranges(frozen: FrozenTable, bytesPerPage: number): { first: number; last: number; size: number }[] {
  const { slots, table } = frozen
  let total = 0
  for (let i = 0; i < slots.length; i++) total += frozen.sizeOf(slots[i])
  if (total <= bytesPerPage) return [{ first: 0, last: allHashes, size: total }]
  // Fine ranges of about an eighth of a page are put together.
  const bits = Math.min(24, Math.ceil(Math.log2((total / bytesPerPage) * 8)))
  const fine = new Float64Array(2 ** bits)
  for (let i = 0; i < slots.length; i++) fine[pageHash(table.hashes[slots[i]]) >>> (32 - bits)] += frozen.sizeOf(slots[i])
  const width = 2 ** (32 - bits)
  const parts: { first: number; last: number; size: number }[] = []
  let first = 0
  let size = 0
  for (let i = 0; i < fine.length; i++) {
    if (size > 0 && size + fine[i] > bytesPerPage) {
      parts.push({ first, last: i * width - 1, size })
      first = i * width
      size = 0
    }
    size += fine[i]
  }
  parts.push({ first, last: allHashes, size })
  return parts
}

/** The ranks (places in frozen.slots, ascending) of the rows of each of the parts of one bucket. */
export function ranksOfParts(frozen: FrozenTable, parts: readonly PagePart[]): Int32Array[] {
  const { slots, table } = frozen
  const starts = Float64Array.from(parts, part => part.first)
  const partOf = new Uint32Array(slots.length)
  const counts = new Int32Array(parts.length)
  for (let i = 0; i < slots.length; i++) {
    const part = lastAtMost(starts, pageHash(table.hashes[slots[i]]))
    partOf[i] = part
    counts[part]++
  }
  const ranks = Array.from(counts, n => new Int32Array(n))
  counts.fill(0)
  for (let i = 0; i < slots.length; i++) ranks[partOf[i]][counts[partOf[i]]++] = i
  return ranks
}

function lastAtMost(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle] <= value) low = middle
    else high = middle - 1
  }
  return low
}
