import { crc32c } from '../../../../src/common/crc32c.ts'
import type { FetchedPartition } from '../../../../src/clients/kafka/port.ts'
import type { RecordBlock } from '../../../../src/clients/kafka/records/record-block.ts'
import { readHeaders } from '../../../../src/clients/kafka/records/read-headers.ts'
import { openRecords, type RecordRange } from '../../../../src/clients/kafka/records/record-reader.ts'

/** A record in full. Strings stand for their UTF-8 bytes. */
export interface HandRecord {
  readonly offset: number
  readonly timestamp?: number
  readonly key?: string | Uint8Array | null
  readonly value?: string | Uint8Array | null
  readonly headers?: readonly (readonly [string, string | null])[]
}

export interface HandBatch {
  readonly records: readonly HandRecord[]
  readonly baseOffset?: number
  readonly lastOffset?: number
  readonly baseTimestamp?: number
  readonly maxTimestamp?: number
  readonly logAppendTime?: boolean
  readonly transactional?: boolean
  readonly control?: boolean
  readonly producerId?: number
  readonly codec?: number
  readonly compress?: (bytes: Uint8Array) => Uint8Array
}

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** A batch written by hand, with nothing of the encoder under test. */
export function handBatch(batch: HandBatch): Uint8Array {
  const { records } = batch
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0
  const baseTimestamp = batch.baseTimestamp ?? records[0]?.timestamp ?? 0
  const plain = Uint8Array.from(records.flatMap(r => record(r, baseOffset, baseTimestamp)))
  const body = batch.compress === undefined ? plain : batch.compress(plain)
  const bytes = new Uint8Array(61 + body.length)
  bytes.set(body, 61)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, BigInt(baseOffset))
  view.setInt32(8, bytes.length - 12)
  view.setInt8(16, 2)
  view.setInt16(21, (batch.codec ?? 0) | (batch.logAppendTime === true ? 8 : 0) | (batch.transactional === true ? 16 : 0) | (batch.control === true ? 32 : 0))
  view.setInt32(23, (batch.lastOffset ?? records.at(-1)?.offset ?? baseOffset) - baseOffset)
  view.setBigInt64(27, BigInt(baseTimestamp))
  view.setBigInt64(35, BigInt(batch.maxTimestamp ?? Math.max(baseTimestamp, ...records.map(r => r.timestamp ?? 0))))
  view.setBigInt64(43, BigInt(batch.producerId ?? -1))
  view.setInt32(57, records.length)
  return seal(bytes)
}

/** Sets the checksum to what the bytes say. */
export function seal(batch: Uint8Array): Uint8Array {
  new DataView(batch.buffer, batch.byteOffset).setUint32(17, crc32c(batch, 21))
  return batch
}

/** The marker that ends a transaction: type 0 abort, 1 commit. */
export function marker(offset: number, producerId: number, type: 0 | 1): Uint8Array {
  return handBatch({ records: [{ offset, key: Uint8Array.of(0, 0, 0, type), value: Uint8Array.of(0, 0, 0, 0, 0, 0) }], producerId, transactional: true, control: true })
}

export function varint(value: number | bigint): number[] {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; raw > 127n; raw >>= 7n) bytes.push(Number(raw & 127n) | 128)
  return [...bytes, Number(raw)]
}

function record(r: HandRecord, baseOffset: number, baseTimestamp: number): number[] {
  const body = [0, ...varint((r.timestamp ?? baseTimestamp) - baseTimestamp), ...varint(r.offset - baseOffset), ...bytesOf(r.key ?? null), ...bytesOf(r.value ?? null)]
  body.push(...varint(r.headers?.length ?? 0))
  for (const [name, value] of r.headers ?? []) body.push(...bytesOf(name), ...bytesOf(value))
  return [...varint(body.length), ...body]
}

function bytesOf(value: string | Uint8Array | null): number[] {
  if (value === null) return varint(-1)
  const bytes = typeof value === 'string' ? utf8.encode(value) : value
  return [...varint(bytes.length), ...bytes]
}

export function fetchedOf(batches: readonly Uint8Array[], aborted: readonly (readonly [producerId: number, firstOffset: number])[] = []): FetchedPartition {
  const records = new Uint8Array(batches.reduce((sum, b) => sum + b.length, 0))
  let at = 0
  for (const batch of batches) {
    records.set(batch, at)
    at += batch.length
  }
  return {
    topic: 'payments',
    partition: 3,
    records,
    highWatermark: 1_000_000n,
    lastStableOffset: 1_000_000n,
    logStart: 0n,
    aborted: aborted.map(([producerId, firstOffset]) => ({ producerId: BigInt(producerId), firstOffset: BigInt(firstOffset) })),
  }
}

/** A record as read, bytes as text. */
export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly type: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

export function recordsOf(block: RecordBlock): ReadRecord[] {
  const slice = (start: number, end: number): string | null => (start < 0 ? null : text.decode(block.bytes.subarray(start, end)))
  return Array.from({ length: block.count }, (_, i) => {
    const headers: [string, string | null][] = []
    readHeaders(block, i, (nameStart, nameEnd, valueStart, valueEnd) => headers.push([slice(nameStart, nameEnd) ?? '', slice(valueStart, valueEnd)]))
    return {
      offset: block.offsets[i],
      timestamp: block.timestamps[i],
      type: block.timestampTypes[i],
      key: slice(block.keyStart[i], block.keyEnd[i]),
      value: slice(block.valueStart[i], block.valueEnd[i]),
      headers,
    }
  })
}

/** All that comes of an answer, and where it ends. */
export async function readAll(fetched: FetchedPartition, range: Partial<RecordRange> = {}): Promise<{ records: ReadRecord[]; blocks: number; position: number }> {
  const reader = await openRecords(fetched, { from: 0n, to: 1_000_000n, isolation: 'read_committed', ...range })
  const records: ReadRecord[] = []
  let blocks = 0
  for (let block = reader.next(); block !== undefined; block = reader.next(), blocks++) records.push(...recordsOf(block))
  return { records, blocks, position: Number(reader.position) }
}

/** Offsets alone, where nothing else matters. */
export async function offsetsOf(fetched: FetchedPartition, range: Partial<RecordRange> = {}): Promise<{ offsets: number[]; position: number }> {
  const { records, position } = await readAll(fetched, range)
  return { offsets: records.map(r => r.offset), position }
}
