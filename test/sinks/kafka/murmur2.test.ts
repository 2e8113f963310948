import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { murmur2, partitionOfKey } from '../../../src/sinks/kafka/murmur2.ts'

const require = createRequire(import.meta.url)
const theirs = require('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Uint8Array) => number

test('hashes that the Java client computes', () => {
  // From the tests of Kafka's own Utils.murmur2.
  const known: readonly (readonly [string, number])[] = [
    ['21', -973932308], ['foobar', -790332482], ['a-little-bit-long-string', -985981536], ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971], ['abc', 479470107],
  ]
  for (const [text, hash] of known) {
    const bytes = new TextEncoder().encode(`<${text}>`)
    expect(murmur2(bytes, 1, bytes.length - 1), text).toBe(hash)
  }
})

test('keys of every length come to the partition that kafkajs chooses, also from within a larger buffer', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 151) & 255)
  for (let start = 0; start < 9; start++) {
    for (let length = 0; length < 100; length++) {
      const key = Buffer.from(bytes.slice(start, start + length))
      expect(partitionOfKey(bytes, start, start + length, 7)).toBe((theirs(key) & 0x7fffffff) % 7)
    }
  }
})
