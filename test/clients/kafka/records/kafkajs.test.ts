import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordEncoder } from '../../../../src/clients/kafka/records/record-encoder.ts'
import { stampBatches } from '../../../../src/clients/kafka/records/stamp-batches.ts'
import { loadCompressor } from '../../../../src/clients/kafka/compression/compressors.ts'
import { append, placed } from './encoded.ts'
import { fetchedOf, readAll, seal } from './hand-made.ts'

// The encoder and decoder of a client that has written to and read from real brokers for years.
const require = createRequire(import.meta.url)

interface KafkaJsRecord {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: { readonly [name: string]: Buffer | Buffer[] }
}

interface KafkaJsBatch {
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly inTransaction: boolean
  readonly maxTimestamp: string
  readonly records: readonly KafkaJsRecord[]
}

const Decoder: new (bytes: Buffer) => object = require('kafkajs/src/protocol/decoder')
const decodeBatch: (decoder: object) => Promise<KafkaJsBatch> = require('kafkajs/src/protocol/recordBatch/v0/decoder')
const encodeRecord: (record: object) => object = require('kafkajs/src/protocol/recordBatch/record/v0')
const { RecordBatch }: { RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }> } = require('kafkajs/src/protocol/recordBatch/v0')

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }), { freq: 4 })
// An object of headers turns names like "1" around and cannot hold "__proto__".
const name = fc.stringMatching(/^[a-z]{1,6}$/)
const records = fc.array(
  fc.record({
    timestamp: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
    key: bytes,
    value: bytes,
    headers: fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 6 })), { maxLength: 3, selector: h => h[0] }),
  }),
  { minLength: 1, maxLength: 20 },
)

const utf8 = new TextDecoder()
const asText = (value: Uint8Array | null): string | null => (value === null ? null : utf8.decode(value))

test.each(['none', 'gzip'] as const)('kafkajs reads what is written with %s', async codec => {
  const compress = await loadCompressor(codec)
  await fc.assert(
    fc.asyncProperty(records, async given => {
      const encoder = new RecordEncoder(compress === undefined ? {} : { compression: { codec, compress } })
      for (const [offset, record] of given.entries()) append(encoder, { ...record, offset })
      const encoded = encoder.finish()
      stampBatches(encoded, { producerId: 2n ** 40n, epoch: 7, firstSequence: 99, transactional: true })
      const batch = await decodeBatch(new Decoder(Buffer.from(placed(encoded).records)))
      expect(batch).toMatchObject({
        producerId: `${2 ** 40}`,
        producerEpoch: 7,
        firstSequence: 99,
        inTransaction: true,
        maxTimestamp: `${Math.max(...given.map(r => r.timestamp))}`,
      })
      expect(
        batch.records.map(r => ({
          offset: Number(r.offset),
          timestamp: Number(r.timestamp),
          key: asText(r.key),
          value: asText(r.value),
          headers: Object.entries(r.headers).map(([key, value]) => [key, value.toString()]),
        })),
      ).toEqual(given.map((r, offset) => ({ ...r, offset, key: asText(r.key), value: asText(r.value) })))
    }),
  )
})

test.each([0, 1])('what kafkajs writes with codec %i is read', async compression => {
  await fc.assert(
    fc.asyncProperty(records, async given => {
      const firstTimestamp = given[0].timestamp
      const encoded = await RecordBatch({
        compression,
        firstTimestamp,
        maxTimestamp: Math.max(...given.map(r => r.timestamp)),
        lastOffsetDelta: given.length - 1,
        records: given.map((r, offsetDelta) =>
          encodeRecord({
            offsetDelta,
            timestampDelta: r.timestamp - firstTimestamp,
            key: r.key === null ? null : Buffer.from(r.key),
            value: r.value === null ? null : Buffer.from(r.value),
            headers: Object.fromEntries(r.headers),
          }),
        ),
      })
      const before = encoded.buffer.readUInt32BE(17)
      expect(new DataView(seal(new Uint8Array(encoded.buffer)).buffer).getUint32(17)).toBe(before)
      const read = await readAll(fetchedOf([encoded.buffer]))
      expect(read.records).toEqual(given.map((r, offset) => ({ ...r, offset, type: 0, key: asText(r.key), value: asText(r.value) })))
    }),
  )
})
