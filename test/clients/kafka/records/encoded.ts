import type { FetchedPartition } from '../../../../src/clients/kafka/port.ts'
import { type BatchHeader, batchLength, readBatchHeader } from '../../../../src/clients/kafka/records/batch-header.ts'
import { putInt64 } from '../../../../src/clients/kafka/records/big-endian.ts'
import type { RecordEncoder } from '../../../../src/clients/kafka/records/record-encoder.ts'
import { fetchedOf, type HandRecord } from './hand-made.ts'

const utf8 = new TextEncoder()

function bytesOf(value: string | Uint8Array | null | undefined): Uint8Array | null {
  return typeof value === 'string' ? utf8.encode(value) : (value ?? null)
}

/** Key and value as ranges that do not begin at 0, as those of columns mostly do not. */
export function append(encoder: RecordEncoder, { timestamp, key, value, headers }: HandRecord): void {
  const [k, v] = [bytesOf(key), bytesOf(value)]
  const shifted = (bytes: Uint8Array | null): Uint8Array => Uint8Array.of(1, 2, ...(bytes ?? []), 3)
  encoder.append(
    timestamp ?? 0,
    shifted(k),
    k === null ? -1 : 2,
    k === null ? -1 : 2 + k.length,
    shifted(v),
    v === null ? -1 : 2,
    v === null ? -1 : 2 + v.length,
    (headers ?? []).map(([name, text]) => ({ name: utf8.encode(name), value: text === null ? null : utf8.encode(text) })),
  )
}

export function batchesOf(bytes: Uint8Array): BatchHeader[] {
  const headers: BatchHeader[] = []
  for (let at = 0; at < bytes.length; at = headers[headers.length - 1].end) headers.push(readBatchHeader(bytes, at, batchLength(bytes, at) ?? 0))
  return headers
}

/** Gives the batches the offsets from 0 on, as a broker that appends them. */
export function placed(bytes: Uint8Array): FetchedPartition {
  let offset = 0
  for (const batch of batchesOf(bytes)) {
    putInt64(bytes, batch.start, offset)
    offset += batch.lastOffsetDelta + 1
  }
  return fetchedOf([bytes])
}
