import { describe, expect, test } from 'vitest'
import { RecordBlock } from '../../../../src/clients/kafka/records/record-block.ts'
import { fetchedOf, handBatch, offsetsOf, readAll, seal } from './hand-made.ts'

const batch = (from: number, to: number): Uint8Array =>
  handBatch({ records: Array.from({ length: to - from }, (_, i) => ({ offset: from + i, value: `v${from + i}` })) })

describe('reading record batches', () => {
  test('gives every part of a record', async () => {
    const bytes = handBatch({
      records: [
        { offset: 7, timestamp: 1_700_000_000_000, key: 'k', value: 'value', headers: [['a', '1'], ['a', null], ['', '']] },
        { offset: 8, timestamp: 1_699_999_999_000, key: null, value: '' },
        { offset: 9, timestamp: 1_800_000_000_000, key: '', value: null },
      ],
    })
    expect(await readAll(fetchedOf([bytes]), { from: 7n })).toEqual({
      records: [
        { offset: 7, timestamp: 1_700_000_000_000, type: 0, key: 'k', value: 'value', headers: [['a', '1'], ['a', null], ['', '']] },
        { offset: 8, timestamp: 1_699_999_999_000, type: 0, key: null, value: '', headers: [] },
        { offset: 9, timestamp: 1_800_000_000_000, type: 0, key: '', value: null, headers: [] },
      ],
      blocks: 1,
      position: 10,
    })
  })

  test('takes the time of the broker where the topic says so', async () => {
    const bytes = handBatch({ records: [{ offset: 0, timestamp: 5, value: 'a' }, { offset: 1, timestamp: 6, value: 'b' }], logAppendTime: true, maxTimestamp: 99 })
    const { records } = await readAll(fetchedOf([bytes]))
    expect(records.map(r => [r.timestamp, r.type])).toEqual([[99, 1], [99, 1]])
  })

  test('keeps the timestamps -1 and 0, and those counted from another base', async () => {
    const bytes = handBatch({ records: [{ offset: 0, timestamp: -1 }, { offset: 1, timestamp: 0 }, { offset: 2, timestamp: 1_700_000_000_000 }], baseTimestamp: 1_900_000_000_000 })
    expect((await readAll(fetchedOf([bytes]))).records.map(r => r.timestamp)).toEqual([-1, 0, 1_700_000_000_000])
  })

  test('joins records of plain batches into one block', async () => {
    expect(await readAll(fetchedOf([batch(0, 3), batch(3, 4), batch(4, 9)]))).toMatchObject({ blocks: 1, position: 9 })
  })

  test('goes on in the middle of a batch when a block is full', async () => {
    const block = new RecordBlock(4)
    const read = await readAll(fetchedOf([batch(0, 3), batch(3, 12)]), { block })
    expect(read.records.map(r => r.value)).toEqual(Array.from({ length: 12 }, (_, i) => `v${i}`))
    expect(read).toMatchObject({ blocks: 3, position: 12 })
  })

  test('says after each block where to go on', async () => {
    const { openRecords } = await import('../../../../src/clients/kafka/records/record-reader.ts')
    const reader = await openRecords(fetchedOf([batch(0, 3), batch(3, 12)]), { from: 1n, to: 10n, isolation: 'read_committed', block: new RecordBlock(4) })
    const positions: bigint[] = []
    while (reader.next() !== undefined) positions.push(reader.position)
    expect(positions).toEqual([5n, 9n, 10n])
  })
})

describe('the range', () => {
  test.each([
    [0, 12, [0, 12]],
    [4, 5, [4, 5]],
    [2, 4, [2, 4]],
    [11, 12, [11, 12]],
    [5, 5, [5, 5]],
  ])('from %i to %i', async (from, to, [first, end]) => {
    const answer = await offsetsOf(fetchedOf([batch(0, 3), batch(3, 12), batch(12, 15)]), { from: BigInt(from), to: BigInt(to) })
    expect(answer).toEqual({ offsets: Array.from({ length: end - first }, (_, i) => first + i), position: to })
  })

  test('a batch that came in part ends the answer, and the position stays before it', async () => {
    const second = batch(3, 12)
    for (const cut of [1, 8, 11, 12, 16, 60, 61, second.length - 1]) {
      expect(await offsetsOf(fetchedOf([batch(0, 3), second.subarray(0, cut)]))).toEqual({ offsets: [0, 1, 2], position: 3 })
    }
  })

  test('an empty answer leaves the position where it was', async () => {
    expect(await offsetsOf(fetchedOf([]), { from: 5n })).toEqual({ offsets: [], position: 5 })
  })

  test('gaps of compaction are gone over', async () => {
    const gaps = handBatch({ records: [{ offset: 4 }, { offset: 7 }], baseOffset: 3, lastOffset: 9 })
    const empty = handBatch({ records: [], baseOffset: 10, lastOffset: 14 })
    expect(await offsetsOf(fetchedOf([batch(0, 3), gaps, empty]))).toEqual({ offsets: [0, 1, 2, 4, 7], position: 15 })
    expect(await offsetsOf(fetchedOf([gaps]), { from: 3n, to: 9n })).toEqual({ offsets: [4, 7], position: 9 })
  })

  test('a gap at the end of the range is known by the batch behind it', async () => {
    expect(await offsetsOf(fetchedOf([batch(0, 3), batch(20, 22)]), { to: 10n })).toEqual({ offsets: [0, 1, 2], position: 10 })
  })

  test('offsets beyond 32 bits', async () => {
    const base = 2 ** 40
    expect(await offsetsOf(fetchedOf([batch(base, base + 2)]), { from: BigInt(base), to: BigInt(base + 2) })).toEqual({ offsets: [base, base + 1], position: base + 2 })
  })
})

describe('batches that are refused', () => {
  const failing = async (bytes: Uint8Array[], from = 0n): Promise<unknown> => await readAll(fetchedOf(bytes), { from }).then(() => 'read', (error: unknown) => error)

  test('one whose checksum is wrong, with topic, partition and offset', async () => {
    const damaged = batch(3, 6)
    damaged[damaged.length - 1] ^= 1
    expect(await failing([batch(0, 3), damaged])).toMatchObject({
      code: 'KAFKA_CORRUPT_RECORDS',
      message: expect.stringMatching(/topic "payments", partition 3 at offset 3 is damaged: its checksum is [0-9a-f]{8}, it should be [0-9a-f]{8}\./),
      context: { topic: 'payments', partition: 3, offset: 3 },
    })
  })

  test('message formats 0 and 1, and one that is not known', async () => {
    for (const [magic, what] of [[0, /message format 0, which was written before Kafka 0\.11/], [1, /message format 1/], [3, /message format 3, which is not known/]] as const) {
      const old = batch(5, 6)
      old[16] = magic
      expect(await failing([old])).toMatchObject({ code: 'KAFKA_UNSUPPORTED_RECORDS', message: expect.stringMatching(what), context: { offset: 5 } })
    }
  })

  test('a codec that is not known', async () => {
    expect(await failing([handBatch({ records: [{ offset: 5, value: 'x' }], codec: 6 })])).toMatchObject({ code: 'KAFKA_UNSUPPORTED_RECORDS', message: expect.stringContaining('codec 6') })
  })

  test('a first batch that is longer than the answer, which would never come whole', async () => {
    expect(await failing([batch(0, 3).subarray(0, 70)])).toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS' })
  })

  test.each([
    ['a length below that of a header', (b: Uint8Array) => new DataView(b.buffer).setInt32(8, 48), /less than that of a batch without records/],
    ['a negative length', (b: Uint8Array) => new DataView(b.buffer).setInt32(8, -1), /its length is 11 bytes/],
    ['fewer records than it claims', (b: Uint8Array) => new DataView(b.buffer).setInt32(57, 4), /cut off|does not fit/],
    ['more records than it claims', (b: Uint8Array) => new DataView(b.buffer).setInt32(57, 2), /bytes follow the last record/],
    ['a negative number of records', (b: Uint8Array) => new DataView(b.buffer).setInt32(57, -1), /claims to have -1 records/],
    ['a record behind its last offset', (b: Uint8Array) => new DataView(b.buffer).setInt32(23, 1), /offset delta 2 follows 1 in a batch that ends at 1/],
    ['a negative last offset', (b: Uint8Array) => new DataView(b.buffer).setInt32(23, -1), /claims to reach offset/],
    ['an offset that is not exact as a number', (b: Uint8Array) => new DataView(b.buffer).setBigInt64(0, 2n ** 60n), /claims to reach offset/],
    ['a record longer than the batch', (b: Uint8Array) => b.set([0x7e], 61), /a record of 63 bytes does not fit/],
    ['a record of negative length', (b: Uint8Array) => b.set([0x01], 61), /a record of -1 bytes does not fit/],
    ['a key longer than its record', (b: Uint8Array) => b.set([0x40], 65), /a key of 32 bytes does not fit/],
    ['a value longer than its record', (b: Uint8Array) => b.set([0x40], 66), /a value of 32 bytes does not fit/],
    ['a record with bytes left', (b: Uint8Array) => b.set([0x12], 61), /a record of 9 bytes holds 8/],
    ['a number of too many bytes', (b: Uint8Array) => b.set([0xff, 0xff, 0xff, 0xff, 0xff], 61), /more than 32 bits/],
    ['a negative number of headers', (b: Uint8Array) => b.set([0x01], 69), /has -1 headers/],
    ['a header that is not there', (b: Uint8Array) => b.set([0x02], 69), /header|holds/],
  ])('one with %s', async (_what, damage, message) => {
    const bytes = batch(0, 3)
    damage(bytes)
    if (new DataView(bytes.buffer).getInt32(8) > 60) seal(bytes)
    expect(await failing([bytes])).toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS', message: expect.stringMatching(message) })
  })

  test('one that goes back to offsets that were there', async () => {
    expect(await failing([batch(0, 3), batch(2, 5)])).toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS', message: expect.stringContaining('it follows a batch that ends before offset 3') })
  })
})
