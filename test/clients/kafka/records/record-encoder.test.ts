import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codecNames } from '../../../../src/clients/kafka/compression/codec.ts'
import { loadCompressor } from '../../../../src/clients/kafka/compression/compressors.ts'
import { batchLength, readBatchHeader } from '../../../../src/clients/kafka/records/batch-header.ts'
import { RecordEncoder, type RecordEncoderOptions } from '../../../../src/clients/kafka/records/record-encoder.ts'
import { type BatchStamp, stampBatches } from '../../../../src/clients/kafka/records/stamp-batches.ts'
import { handBatch, type HandRecord, readAll } from './hand-made.ts'
import { append, batchesOf, placed } from './encoded.ts'

const stamp: BatchStamp = { producerId: 4711n, epoch: 2, firstSequence: 10, transactional: true }

function encode(records: readonly HandRecord[], options?: RecordEncoderOptions): Uint8Array {
  const encoder = new RecordEncoder(options)
  for (const record of records) append(encoder, record)
  return encoder.finish()
}

const values = (count: number, bytes: number): HandRecord[] => Array.from({ length: count }, (_, i) => ({ offset: i, timestamp: 1000 + i, value: new Uint8Array(bytes).fill(i) }))

describe('encoding records', () => {
  test('gives the very bytes of a batch written by hand', () => {
    const records: HandRecord[] = [
      { offset: 0, timestamp: 1_700_000_000_000, key: 'k', value: 'v'.repeat(300), headers: [['a', '1'], ['a', null], ['', '']] },
      { offset: 1, timestamp: 1_600_000_000_000, key: null, value: '' },
      { offset: 2, timestamp: 1_700_000_000_064, key: '', value: null },
    ]
    const bytes = encode(records)
    stampBatches(bytes, { producerId: -1n, epoch: 0, firstSequence: 0, transactional: false })
    const byHand = handBatch({ records })
    // Brokers set the leader's epoch, which is not under the checksum.
    byHand.fill(255, 12, 16)
    expect(bytes).toEqual(byHand)
  })

  test('nothing gives nothing', () => {
    expect(new RecordEncoder().finish()).toEqual(new Uint8Array(0))
  })

  test('starts anew after finish, and leaves what it gave alone', () => {
    const encoder = new RecordEncoder()
    append(encoder, { offset: 0, timestamp: 1, value: 'first' })
    expect([encoder.records, encoder.byteLength]).toEqual([1, 73])
    const first = encoder.finish()
    const copy = first.slice()
    expect([encoder.records, encoder.byteLength]).toEqual([0, 0])
    append(encoder, { offset: 0, timestamp: 1, value: 'second' })
    expect(first).toEqual(copy)
    expect(encoder.finish()).toHaveLength(74)
  })

  test.each([[0], [-1], [1]])('cuts batches by their size: the limit %i', difference => {
    const oneBatch = encode(values(10, 50)).length
    const lengths = batchesOf(encode(values(10, 50), { maxBatchBytes: oneBatch + difference })).map(b => b.recordCount)
    expect(lengths).toEqual(difference < 0 ? [9, 1] : [10])
  })

  test('a record larger than a batch may be is a batch of its own', () => {
    const records: HandRecord[] = [{ offset: 0, value: 'a' }, { offset: 1, value: new Uint8Array(1000) }, { offset: 2, value: 'b' }]
    expect(batchesOf(encode(records, { maxBatchBytes: 200 })).map(b => b.recordCount)).toEqual([1, 1, 1])
  })

  test('says the largest time, whatever the order', () => {
    const [header] = batchesOf(encode([{ offset: 0, timestamp: 50 }, { offset: 1, timestamp: 90 }, { offset: 2, timestamp: -1 }]))
    expect(header).toMatchObject({ baseTimestamp: 50, maxTimestamp: 90, lastOffsetDelta: 2, recordCount: 3, logAppendTime: false, control: false })
  })

  test('a batch that would not get smaller stays as it is', async () => {
    const compress = await loadCompressor('gzip')
    const noise = Uint8Array.from({ length: 500 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24)
    expect(batchesOf(encode([{ offset: 0, value: noise }], { compression: { codec: 'gzip', compress: compress ?? fail } }))[0].codec).toBe(0)
  })

  test.each(['gzip', 'snappy', 'lz4'] as const)('compresses with %s', async codec => {
    const compress = (await loadCompressor(codec)) ?? fail
    const records = values(2000, 100)
    const bytes = encode(records, { compression: { codec, compress }, maxBatchBytes: 65_536 })
    stampBatches(bytes, stamp)
    expect(new Set(batchesOf(bytes).map(b => codecNames[b.codec]))).toEqual(new Set([codec]))
    expect(bytes.length).toBeLessThan(60_000)
    const read = await readAll(placed(bytes))
    expect(read.records.map(r => [r.offset, r.timestamp, r.value])).toEqual(records.map(r => [r.offset, r.timestamp, new TextDecoder().decode(r.value as Uint8Array)]))
  })

  test('reads back what it wrote', async () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { freq: 4 })
    const record = fc.record({
      timestamp: fc.oneof(fc.integer({ min: -1, max: 4_000_000_000_000 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 })),
      key: bytes,
      value: bytes,
      headers: fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.option(fc.string({ maxLength: 8 }))), { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 40 }), fc.integer({ min: 61, max: 3000 }), async (given, maxBatchBytes) => {
        const records = given.map((r, offset) => ({ ...r, offset }))
        const encoded = encode(records, { maxBatchBytes })
        const next = stampBatches(encoded, stamp)
        const asText = (value: Uint8Array | null): string | null => (value === null ? null : new TextDecoder().decode(value))
        const read = await readAll(placed(encoded))
        expect(read.records).toEqual(records.map(r => ({ offset: r.offset, timestamp: r.timestamp, type: 0, key: asText(r.key), value: asText(r.value), headers: r.headers })))
        expect(read.position).toBe(records.length)
        expect(next).toBe(10 + records.length)
      }),
    )
  })
})

describe('stamping batches', () => {
  const stamped = (given: BatchStamp, maxBatchBytes?: number): { next: number; headers: ReturnType<typeof batchesOf> } => {
    const bytes = encode(values(10, 50), maxBatchBytes === undefined ? {} : { maxBatchBytes })
    const next = stampBatches(bytes, given)
    return { next, headers: batchesOf(bytes) }
  }

  test('numbers the batches one after the other', () => {
    const { next, headers } = stamped(stamp, 300)
    expect(headers.map(h => [h.producerId, h.producerEpoch, h.baseSequence, h.recordCount, h.transactional])).toEqual([
      [4711, 2, 10, 4, true],
      [4711, 2, 14, 4, true],
      [4711, 2, 18, 2, true],
    ])
    expect(next).toBe(20)
  })

  test('begins again at 0 after the last sequence number', () => {
    const { next, headers } = stamped({ ...stamp, firstSequence: 2 ** 31 - 6 }, 300)
    expect(headers.map(h => h.baseSequence)).toEqual([2 ** 31 - 6, 2 ** 31 - 2, 2])
    expect(next).toBe(4)
  })

  test('has no sequence without idempotence', () => {
    const { next, headers } = stamped({ producerId: -1n, epoch: -1, firstSequence: -1, transactional: false })
    expect(headers[0]).toMatchObject({ producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false })
    expect(next).toBe(-1)
  })

  test('can be done again for another attempt', () => {
    const bytes = encode(values(3, 5))
    stampBatches(bytes, stamp)
    const again = bytes.slice()
    stampBatches(again, { ...stamp, epoch: 3, transactional: false })
    stampBatches(again, stamp)
    expect(again).toEqual(bytes)
  })

  test('refuses what is no batch', () => {
    expect(() => stampBatches(encode(values(3, 5)).subarray(0, 80), stamp)).toThrow(expect.objectContaining({ code: 'INTERNAL_ASSERTION' }))
  })
})

test('a header says what its batch is', () => {
  const bytes = handBatch({ records: [{ offset: 9, timestamp: 5 }], transactional: true, control: true, logAppendTime: true, maxTimestamp: 77, producerId: 2 ** 40 })
  expect(readBatchHeader(bytes, 0, batchLength(bytes, 0) ?? 0)).toMatchObject({
    baseOffset: 9,
    transactional: true,
    control: true,
    logAppendTime: true,
    maxTimestamp: 77,
    producerId: 2 ** 40,
    end: bytes.length,
  })
})

function fail(): never {
  throw new Error('There is a compressor for every codec but none.')
}
