import { assert } from '../common/assert.ts'
import { crc32c } from '../common/crc32c.ts'
import { sha256 } from '../common/digest.ts'
import { ByteReader, MalformedBytes } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { segmentTooNew, stateCorrupt, type SegmentPlace } from './errors.ts'
import { readSetHash, writeSetHash } from './section.ts'
import type { SetHash } from './set-hash.ts'
import type { StateIdentity } from './state.ts'

/*
 * A segment: one delta of a batch, or one page of a snapshot, of one operator in one partition.
 *
 *   segment   = "MRSG" · format version u8 · kind u8 (1 delta, 2 snapshot page) · length of the segment u32
 *               · query text · operator text · varint partition · varint batch · varint page · varint pages
 *               · set-hash before u32 u32 · set-hash after u32 u32 · schema text (canonical JSON)
 *               · length of the body u32 · body (see section.ts) · checksums
 *   checksums = a CRC-32C u32 for each 64 KiB of all that stands before
 *   text      = varint length, UTF-8
 *
 * Numbers are little-endian. "Before" is the set-hash of the partition to which a delta applies, "after" what it makes
 * of it, so a missing or foreign delta does not fit. Of a page both are the set-hash of the whole snapshot. The SHA-256
 * of a segment is not in it: it stands in the record that names the segment.
 */

export const segmentFormatVersion = 1
const magic = 0x4753524d
const lengthAt = 6
const blockBytes = 65_536

export type SegmentKind = 'delta' | 'snapshot'
const kindCodes: Readonly<Record<SegmentKind, number>> = Object.freeze({ delta: 1, snapshot: 2 })

export interface SegmentHead {
  readonly kind: SegmentKind
  readonly queryId: string
  readonly operator: string
  readonly partition: number
  readonly batchId: number
  /** Which page of how many; 0 of 1 for a delta. */
  readonly page: number
  readonly pages: number
  readonly before: SetHash
  readonly after: SetHash
  /** Canonical JSON of the table schema. */
  readonly schema: string
}

export interface Segment extends SegmentHead {
  /** Stands at the first section. */
  readonly body: ByteReader
}

export function encodeSegment(head: SegmentHead, body: ByteWriter): { readonly segment: Uint8Array; readonly digest: string } {
  const out = new ByteWriter(body.length + head.schema.length + 512)
  out.u32(magic)
  out.u8(segmentFormatVersion)
  out.u8(kindCodes[head.kind])
  out.u32(0)
  out.text(head.queryId)
  out.text(head.operator)
  out.varint(head.partition)
  out.varint(head.batchId)
  out.varint(head.page)
  out.varint(head.pages)
  writeSetHash(out, head.before)
  writeSetHash(out, head.after)
  out.text(head.schema)
  out.u32(body.length)
  out.raw(body.bytes, 0, body.length)
  const covered = out.length
  const total = covered + 4 * Math.ceil(covered / blockBytes)
  assert(total <= 0xffff_ffff, 'A segment is shorter than 4 GiB.', { total, operator: head.operator })
  new DataView(out.bytes.buffer).setUint32(lengthAt, total, true)
  for (let at = 0; at < covered; at += blockBytes) out.u32(crc32c(out.bytes, at, Math.min(covered, at + blockBytes)))
  const segment = out.finish()
  return { segment, digest: sha256(segment) }
}

/**
 * Reads a segment after checking everything that can be checked without its neighbours: length, checksums, digest, and
 * that it belongs where it was found.
 * @throws CheckpointError STATE_CORRUPT, CHECKPOINT_TOO_NEW
 */
export function decodeSegment(bytes: Uint8Array, place: SegmentPlace & { readonly queryId: string }, kind: SegmentKind, digest?: string): Segment {
  try {
    checkEnvelope(bytes, place, digest)
    const segment = readHead(bytes)
    compareHead(segment, place, kind)
    return segment
  } catch (error) {
    throw error instanceof MalformedBytes ? stateCorrupt(place, error.message) : error
  }
}

function checkEnvelope(bytes: Uint8Array, place: SegmentPlace, digest: string | undefined): void {
  const input = new ByteReader(bytes)
  if (input.u32('the magic number') !== magic) throw new MalformedBytes('it does not begin as a segment')
  const version = input.u8('the format version')
  if (version > segmentFormatVersion) throw segmentTooNew(place, version, segmentFormatVersion)
  if (version !== segmentFormatVersion) throw new MalformedBytes(`its format version is ${version}`)
  input.u8('the kind')
  const length = input.u32('the length')
  if (length !== bytes.length) throw new MalformedBytes(`it has ${bytes.length} bytes instead of ${length}`)
  const covered = coveredBytes(length)
  const sums = new ByteReader(bytes, covered)
  for (let at = 0; at < covered; at += blockBytes) {
    const stored = sums.u32('a checksum')
    const found = crc32c(bytes, at, Math.min(covered, at + blockBytes))
    if (stored !== found) throw new MalformedBytes(`the checksum of block ${at / blockBytes} is ${hex(found)} instead of ${hex(stored)}`)
  }
  if (digest === undefined) return
  const found = sha256(bytes)
  if (found !== digest) throw new MalformedBytes(`its SHA-256 is ${found} instead of ${digest}`)
}

/** How many bytes of a segment of this length stand before the checksums. */
function coveredBytes(length: number): number {
  const blocks = Math.ceil(length / (blockBytes + 4))
  const covered = length - 4 * blocks
  if (covered <= 0 || Math.ceil(covered / blockBytes) !== blocks) throw new MalformedBytes(`no segment has ${length} bytes`)
  return covered
}

function readHead(bytes: Uint8Array): Segment {
  const covered = coveredBytes(bytes.length)
  const input = new ByteReader(bytes, lengthAt - 1, covered)
  const code = input.u8('the kind')
  if (code !== kindCodes.delta && code !== kindCodes.snapshot) throw new MalformedBytes(`its kind is ${code}`)
  input.u32('the length')
  const head: SegmentHead = {
    kind: code === kindCodes.delta ? 'delta' : 'snapshot',
    queryId: input.text('the query'),
    operator: input.text('the operator'),
    partition: input.varint('the partition'),
    batchId: input.varint('the batch'),
    page: input.varint('the page'),
    pages: input.varint('the number of pages'),
    before: readSetHash(input),
    after: readSetHash(input),
    schema: input.text('the schema'),
  }
  const length = input.u32('the length of the body')
  if (length !== covered - input.at) throw new MalformedBytes(`its body has ${covered - input.at} bytes instead of ${length}`)
  return { ...head, body: input }
}

function compareHead(segment: Segment, place: SegmentPlace & { readonly queryId: string }, kind: SegmentKind): void {
  const differs = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) throw new MalformedBytes(`its ${what} is ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
  }
  differs('kind', segment.kind, kind)
  differs('query', segment.queryId, place.queryId)
  differs('operator', segment.operator, place.operator)
  differs('partition', segment.partition, place.partition)
  differs('batch', segment.batchId, place.batchId)
}

export function placeOf(identity: StateIdentity, batchId: number): SegmentPlace & { readonly queryId: string } {
  return { queryId: identity.queryId, operator: identity.operator, partition: identity.partition, batchId }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}
