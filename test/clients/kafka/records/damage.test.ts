import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordBlock } from '../../../../src/clients/kafka/records/record-block.ts'
import { batchLength } from '../../../../src/clients/kafka/records/batch-header.ts'
import { fetchedOf, handBatch, marker, readAll, seal } from './hand-made.ts'

const block = new RecordBlock(64)

/** Code of the error, or what came. Anything else than an error of ours fails the test. */
async function outcome(bytes: Uint8Array, aborted: readonly (readonly [number, number])[] = []): Promise<string> {
  try {
    const { records, position } = await readAll(fetchedOf([bytes], aborted), { from: 2n, to: 1000n, block })
    expect(position).toBeGreaterThanOrEqual(2)
    expect(position).toBeLessThanOrEqual(1000)
    expect(records.every(r => r.offset >= 2 && r.offset < 1000)).toBe(true)
    return JSON.stringify(records)
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (code?.startsWith('KAFKA_') !== true) throw error
    return code
  }
}

const rows = (from: number): { offset: number; timestamp: number; key: string; value: string | null; headers: [string, string | null][] }[] =>
  Array.from({ length: 5 }, (_, i) => ({ offset: from + i, timestamp: 1_700_000_000_000 + i * 70, key: `k${i}`, value: i === 2 ? null : `value ${i}`, headers: [['name', 'x'], ['n', null]] }))

const batches = [
  handBatch({ records: rows(0) }),
  handBatch({ records: rows(5), producerId: 4, transactional: true }),
  marker(10, 4, 0),
  handBatch({ records: rows(11), codec: 1, compress: bytes => gzipSync(bytes) }),
]
const log = fetchedOf(batches).records
const aborted = [[4, 5]] as const

/** What the checksum of a batch does not cover: base offset, length, leader epoch, and the checksum itself is compared. */
const uncovered = 16

describe('damage', () => {
  test('of any byte under the checksum is found', async () => {
    for (const [b, whole] of batches.entries()) {
      const start = batches.slice(0, b).reduce((sum, x) => sum + x.length, 0)
      for (let at = start + uncovered; at < start + whole.length; at++) {
        for (const flip of [0x01, 0x10, 0x80, 0xff]) {
          const damaged = log.slice()
          damaged[at] ^= flip
          expect(await outcome(damaged, aborted)).toMatch(/^KAFKA_(CORRUPT|UNSUPPORTED)_RECORDS$/)
        }
      }
    }
  })

  test('of any other byte gives records or an error of ours', async () => {
    for (let at = 0; at < log.length; at++) {
      for (const flip of [0x01, 0x10, 0x80, 0xff]) {
        const damaged = log.slice()
        damaged[at] ^= flip
        await outcome(damaged, aborted)
      }
    }
  })

  test('that somebody made with a right checksum gives records or an error of ours', async () => {
    for (const whole of batches) {
      for (let at = 17; at < whole.length; at++) {
        for (let value = 0; value < 256; value += 3) {
          const made = whole.slice()
          made[at] = value
          await outcome(seal(made), aborted)
        }
      }
    }
  })

  test('by several bytes, or by bytes at random', async () => {
    const edits = fc.array(fc.tuple(fc.nat(log.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(edits, async changes => {
        const damaged = log.slice()
        for (const [at, value] of changes) damaged[at] = value
        // Checksums of batches that still have a sensible length are made right, so that what lies behind them is reached.
        for (let at = 0; ; ) {
          const length = batchLength(damaged, at)
          if (length === undefined || length < 61) break
          seal(damaged.subarray(at, at + length))
          at += length
        }
        await outcome(damaged, aborted)
      }),
      { numRuns: 2000 },
    )
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => void (await outcome(bytes))), { numRuns: 500 })
  })

  test('by an end: what came whole before it is read', async () => {
    const whole = await outcome(log, aborted)
    for (let end = batches[0].length; end <= log.length; end++) {
      const cut = await outcome(log.slice(0, end), aborted)
      expect(whole.startsWith(cut.slice(0, -1))).toBe(true)
    }
  })
})
