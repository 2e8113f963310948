import type { BufferColumn } from '../columnar/buffer-column.ts'
import type { ByteReader } from './byte-reader.ts'
import { MalformedBytes } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { writeColumn } from './column-block.ts'
import { readKeys, writeKeys } from './key-block.ts'
import type { KeyArena } from './key-arena.ts'
import { SetHash } from './set-hash.ts'

/*
 * The body of a segment is a varint number of sections, each about one bucket. Changed rows come in order of their first
 * change, new ones in order of insertion: applying them gives the same order of slots again.
 *
 *   delta section = bucket f64 · flags u8 (1: the bucket's former rows are dropped first)
 *                   · varint removed · keys · varint written · varint new (the last ones) · keys · a column per buffer
 *                   · set-hash of the bucket afterwards u32 u32
 *   page section  = bucket f64 · varint rows of the bucket · first u32 · last u32 (the page hashes it covers)
 *                   · varint rows here · varint steps of rank (unless it has all rows) · keys · a column per buffer
 *                   · set-hash of the section u32 u32
 *
 * The rank of a row is its place in the order of insertion; the first step is the rank itself, later ones the distance
 * from the rank before.
 */

export interface DeltaRows {
  readonly bucket: number
  readonly dropped: boolean
  readonly removed: Int32Array
  readonly changed: Int32Array
  readonly inserted: Int32Array
  readonly setHash: SetHash
}

export function writeDeltaSection(out: ByteWriter, rows: DeltaRows, arena: KeyArena, buffers: readonly BufferColumn[]): void {
  out.f64(rows.bucket)
  out.u8(rows.dropped ? 1 : 0)
  out.varint(rows.removed.length)
  writeKeys(out, arena, rows.removed, rows.removed.length)
  const written = joined(rows.changed, rows.inserted)
  out.varint(written.length)
  out.varint(rows.inserted.length)
  writeKeys(out, arena, written, written.length)
  for (const buffer of buffers) writeColumn(out, buffer, written, written.length)
  writeSetHash(out, rows.setHash)
}

export interface DeltaSection {
  readonly bucket: number
  readonly dropped: boolean
  /** Offsets of the keys in the segment, one more than there are keys. */
  readonly removed: Int32Array
  readonly written: Int32Array
  readonly inserted: number
}

/** Reads up to the columns; the caller reads those, then the set-hash. */
export function readDeltaSection(input: ByteReader): DeltaSection {
  const bucket = readBucket(input)
  const flags = input.u8('the flags of a section')
  if (flags > 1) throw new MalformedBytes(`a section has the unknown flags ${flags}`)
  const removed = readKeys(input, readCount(input, 'the number of removed rows'))
  const n = readCount(input, 'the number of written rows')
  const inserted = input.varint('the number of new rows')
  if (inserted > n) throw new MalformedBytes(`${inserted} of ${n} written rows are new`)
  return { bucket, dropped: flags === 1, removed, written: readKeys(input, n), inserted }
}

export interface PageRows {
  readonly bucket: number
  readonly bucketRows: number
  readonly first: number
  readonly last: number
  readonly slots: Int32Array
  /** Rank of each row; unused when the section has all rows of the bucket. */
  readonly ranks: Int32Array
  /** Values of the rows, entry i belonging to slots[i]. */
  readonly values: readonly BufferColumn[]
  readonly setHash: SetHash
}

export function writePageSection(out: ByteWriter, rows: PageRows, arena: KeyArena): void {
  const n = rows.slots.length
  out.f64(rows.bucket)
  out.varint(rows.bucketRows)
  out.u32(rows.first)
  out.u32(rows.last)
  out.varint(n)
  if (n < rows.bucketRows) for (let i = 0; i < n; i++) out.varint(i === 0 ? rows.ranks[0] : rows.ranks[i] - rows.ranks[i - 1])
  writeKeys(out, arena, rows.slots, n)
  for (const values of rows.values) writeColumn(out, values, null, n)
  writeSetHash(out, rows.setHash)
}

export interface PageSection {
  readonly bucket: number
  readonly bucketRows: number
  readonly first: number
  readonly last: number
  readonly ranks: Int32Array
  readonly keys: Int32Array
}

/** Reads up to the columns; the caller reads those, then the set-hash. */
export function readPageSection(input: ByteReader): PageSection {
  const bucket = readBucket(input)
  const bucketRows = input.varint('the number of rows of a bucket')
  const first = input.u32('the first hash of a section')
  const last = input.u32('the last hash of a section')
  const n = readCount(input, 'the number of rows of a section')
  if (n > bucketRows) throw new MalformedBytes(`a section has ${n} rows and its bucket ${bucketRows}`)
  const ranks = new Int32Array(n)
  let rank = -1
  for (let i = 0; i < n; i++) {
    if (n === bucketRows) rank = i
    else {
      const step = input.varint('a rank')
      if (i > 0 && step === 0) throw new MalformedBytes(`two rows have the rank ${rank}`)
      rank = i === 0 ? step : rank + step
    }
    if (rank >= bucketRows) throw new MalformedBytes(`the rank ${rank} is beyond the ${bucketRows} rows of the bucket`)
    ranks[i] = rank
  }
  return { bucket, bucketRows, first, last, ranks, keys: readKeys(input, n) }
}

export function writeSetHash(out: ByteWriter, hash: SetHash): void {
  out.u32(hash.low)
  out.u32(hash.high)
}

export function readSetHash(input: ByteReader): SetHash {
  const low = input.u32('a set-hash')
  return SetHash.of(low, input.u32('a set-hash'))
}

function readBucket(input: ByteReader): number {
  const bucket = input.f64('a bucket')
  if (Number.isNaN(bucket)) throw new MalformedBytes('a bucket is NaN')
  return bucket
}

/**
 * A row may take no byte at all (an empty key without values), but there can be only one such row in a bucket: each
 * other row has a key of at least one byte.
 */
function readCount(input: ByteReader, what: string): number {
  const n = input.varint(what)
  if (n > 1 && n - 1 > input.end - input.at) throw new MalformedBytes(`${what} is ${n}, more than ${input.end - input.at} bytes can hold`)
  return n
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const both = new Int32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
