import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ports } from '../../../src/common/ports.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { withRetries } from '../../../src/clients/kafka/cluster/retries.ts'
import { PassingFailure } from '../../../src/clients/kafka/connection/failure.ts'
import { apiVersionsRequest } from '../../../src/clients/kafka/protocol/api-versions.ts'
import { findCoordinatorRequest } from '../../../src/clients/kafka/protocol/coordinator.ts'
import { createTopicsRequest } from '../../../src/clients/kafka/protocol/create-topics.ts'
import { errorName } from '../../../src/clients/kafka/protocol/error-names.ts'
import { fetchRequest } from '../../../src/clients/kafka/protocol/fetch.ts'
import { listOffsetsRequest } from '../../../src/clients/kafka/protocol/list-offsets.ts'
import { metadataRequest } from '../../../src/clients/kafka/protocol/metadata.ts'
import { offsetCommitRequest } from '../../../src/clients/kafka/protocol/offset-commit.ts'
import { produceRequest } from '../../../src/clients/kafka/protocol/produce.ts'
import { RequestWriter } from '../../../src/clients/kafka/protocol/request-writer.ts'
import { MalformedAnswerError, ResponseReader } from '../../../src/clients/kafka/protocol/response-reader.ts'
import { addPartitionsToTxnRequest, endTxnRequest, initProducerIdRequest, noIdentity } from '../../../src/clients/kafka/protocol/transactions.ts'

const options = { isolation: 'read_committed', maxWaitMs: 1, minBytes: 1, maxBytes: 1 } as const
const requests = [
  apiVersionsRequest, metadataRequest(['t']), listOffsetsRequest([], 0n, 0), fetchRequest([], options), produceRequest(null, [], 1), initProducerIdRequest(null, 1, noIdentity),
  addPartitionsToTxnRequest('i', noIdentity, []), endTxnRequest('i', noIdentity, 'commit'), findCoordinatorRequest('k', 'group'), offsetCommitRequest('g', []), createTopicsRequest({ topic: 't', partitions: 1 }, 1),
]

describe('answers', () => {
  test.each(requests.map(r => [r.api.name, r] as const))('of %s that are not Kafka’s are refused without harm', (_, request) => {
    // Small numbers make long lists and many fields of few bytes, large ones lengths beyond the end.
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ max: 3, maxLength: 300 }))
    fc.assert(
      fc.property(bytes, answer => {
        try {
          request.decode(Buffer.from(answer))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedAnswerError)
        }
      }),
    )
  })

  test('that claim to be longer than they are cost no memory', () => {
    const claimed = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 0x0f])
    expect(() => new ResponseReader(claimed).array(() => 1)).toThrow(MalformedAnswerError)
    expect(() => new ResponseReader(claimed).nullableBytes()).toThrow(MalformedAnswerError)
  })
})

test('what is written reads the same', () => {
  const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }))
  fc.assert(
    fc.property(text, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.array(fc.uint8Array()), (string, long, int, list) => {
      const w = new RequestWriter(1)
      w.string(string).int64(long).int32(int).array(list, bytes => w.bytes(bytes).end()).uuid('00112233445566778899aabbccddeeff').boolean(true).end()
      const r = new ResponseReader(w.finish())
      expect([r.nullableString(), r.int64(), r.int32()]).toEqual([string, long, int])
      const read = r.array(() => {
        const bytes = r.nullableBytes()
        r.end()
        return bytes
      })
      expect(read.map(b => [...b!])).toEqual(list.map(b => [...b]))
      expect([r.uuid(), r.boolean()]).toEqual(['00112233445566778899aabbccddeeff', true])
    }),
  )
})

test('errors have the names of the protocol', () => {
  expect([-1, 0, 1, 36, 47, 51, 75, 87, 90, 100, 120, 999].map(errorName)).toEqual([
    'UNKNOWN_SERVER_ERROR', 'NONE', 'OFFSET_OUT_OF_RANGE', 'TOPIC_ALREADY_EXISTS', 'INVALID_PRODUCER_EPOCH', 'CONCURRENT_TRANSACTIONS', 'UNKNOWN_LEADER_EPOCH', 'INVALID_RECORD', 'PRODUCER_FENCED',
    'UNKNOWN_TOPIC_ID', 'TRANSACTION_ABORTABLE', 'error 999',
  ])
})

describe('retries', () => {
  /** A clock that only sleeping moves. */
  function limit(limitMs: number): { limit: { ports: Ports; limitMs: number; signal: AbortSignal }; pauses: number[]; stop: AbortController } {
    let now = 0
    const pauses: number[] = []
    const stop = new AbortController()
    const clock = { ...nodePorts.clock, monotonic: () => now, sleep: async (ms: number) => void (pauses.push(ms), (now += ms)) }
    // The middle of what is left to chance.
    const random = { bytes: (length: number) => new Uint8Array(length).fill(0) }
    return { limit: { ports: { ...nodePorts, clock, random }, limitMs, signal: stop.signal }, pauses, stop }
  }

  test('wait longer each time, up to a second, and end at the limit', async () => {
    const { limit: of, pauses } = limit(5000)
    await expect(withRetries(of, async () => Promise.reject(new PassingFailure('no')))).rejects.toThrow('no')
    expect(pauses.slice(0, 8)).toEqual([16, 32, 64, 128, 256, 512, 800, 800])
    expect(pauses.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(5000)
  })

  test('begin anew after progress', async () => {
    const { limit: of, pauses } = limit(1000)
    let tries = 0
    await withRetries(of, async ({ progressed }) => {
      progressed()
      if (++tries < 100) throw new PassingFailure('not yet')
    })
    expect(new Set(pauses)).toEqual(new Set([16]))
  })

  test('remember that a try before may have arrived', async () => {
    const { limit: of } = limit(100)
    const seen: boolean[] = []
    const last = await withRetries(of, async ({ sentBefore }) => {
      seen.push(sentBefore)
      throw new PassingFailure('x', { sent: seen.length === 2 })
    }).catch((error: unknown) => error)
    expect(seen.slice(0, 4)).toEqual([false, false, true, true])
    expect(last).toMatchObject({ sent: true })
  })

  test('end when they are told to, and at what does not pass', async () => {
    const { limit: of, stop } = limit(1e9)
    await expect(withRetries(of, async () => (stop.abort(), Promise.reject(new PassingFailure('stopped'))))).rejects.toThrow('stopped')
    await expect(withRetries(limit(1e9).limit, async () => Promise.reject(new Error('for good')))).rejects.toThrow('for good')
  })
})
