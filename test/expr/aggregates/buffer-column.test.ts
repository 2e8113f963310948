import { describe, expect, test } from 'vitest'
import { BufferColumn, bufferToVector, vectorToBuffer } from '../../../src/columnar/buffer-column.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('BufferColumn of bytes', () => {
  test('appends without copying what is there for each addition', () => {
    const buffer = new BufferColumn('bytes', 1)
    const arenas = new Set<Uint8Array | null>()
    for (let i = 0; i < 10_000; i++) {
      buffer.appendBytes(0, bytes(i & 255), 0, 1)
      arenas.add(buffer.arenas[0])
    }
    expect(arenas.size).toBeLessThan(16)
    expect(buffer.bytesAt(0)).toEqual(Uint8Array.from({ length: 10_000 }, (_, i) => i & 255))
  })

  test('copies are independent, also of what was appended later', () => {
    const buffer = new BufferColumn('bytes', 2)
    buffer.setBytes(0, bytes(1, 2, 3), 0, 3)
    buffer.copy(1, buffer, 0)
    buffer.appendBytes(0, bytes(4), 0, 1)
    buffer.setBytes(1, bytes(9, 9), 0, 1)
    expect([buffer.bytesAt(0), buffer.bytesAt(1)]).toEqual([bytes(1, 2, 3, 4), bytes(9)])
  })

  test('tells nothing from empty, through a vector too', () => {
    const buffer = new BufferColumn('bytes', 3)
    buffer.setBytes(1, bytes(), 0, 0)
    buffer.setBytes(2, bytes(7, 8, 9), 1, 3)
    const back = vectorToBuffer('bytes', bufferToVector(buffer, Int32Array.of(0, 1, 2), 3))
    expect([0, 1, 2].map(slot => back.bytesAt(slot))).toEqual([null, bytes(), bytes(8, 9)])
  })

  test('forgets what was derived when a slot is overwritten or cleared', () => {
    const buffer = new BufferColumn('bytes', 2)
    for (const slot of [0, 1]) {
      buffer.setBytes(slot, bytes(1), 0, 1)
      buffer.derived.set(slot, {})
    }
    buffer.setBytes(0, bytes(2), 0, 1)
    buffer.clear(1)
    expect(buffer.derived.size).toBe(0)
    expect(buffer.bytesAt(1)).toBe(null)
  })

  test('counts the memory it holds', () => {
    const buffer = new BufferColumn('bytes', 4)
    const before = buffer.memoryBytes
    buffer.setBytes(0, new Uint8Array(1000), 0, 1000)
    expect(buffer.memoryBytes - before).toBe(1000)
    buffer.clear(0)
    expect(buffer.memoryBytes).toBe(before)
  })
})

test('every kind survives the trip through a vector', () => {
  const f = new BufferColumn('float64', 2)
  f.float64.set([-0, NaN])
  const i = new BufferColumn('int32', 2)
  i.int32.set([-1, 7])
  const l = new BufferColumn('int64', 2)
  l.int64.set([-(2n ** 63n), 5n])
  const b = new BufferColumn('boolean', 2)
  b.boolean.set([0, 1])
  const back = [f, i, l, b].map(buffer => vectorToBuffer(buffer.kind, bufferToVector(buffer, Int32Array.of(1, 0), 2)))
  expect([[...back[0].float64], [...back[1].int32], [...back[2].int64], [...back[3].boolean]]).toEqual([[NaN, -0], [7, -1], [5n, -(2n ** 63n)], [1, 0]])
})
