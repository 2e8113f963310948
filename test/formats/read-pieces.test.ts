import { expect, test } from 'vitest'
import type { ReadableFile } from '../../src/common/file-system.ts'
import { piecesOf } from '../../src/formats/read-pieces.ts'

const content = Uint8Array.from({ length: 2500 }, (_, i) => i % 251)

/** A file that gives at most 400 bytes a read; `log` hears of each read when it begins and when it ends. */
function slowFile(log: string[], failAt = Infinity): ReadableFile {
  return {
    size: content.length,
    read: async (buffer, offset, length, position) => {
      log.push(`begin ${position}`)
      await new Promise(resolve => void setImmediate(resolve))
      log.push(`end ${position}`)
      if (position >= failAt) throw new Error('EIO')
      const n = Math.min(400, length, content.length - position)
      buffer.set(content.subarray(position, position + n), offset)
      return n
    },
    close: async () => void log.push('close'),
  }
}

test('pieces have the bytes in their order, and stay as they are until the next one is asked for', async () => {
  const seen: number[] = []
  for await (const piece of piecesOf(slowFile([]), 'f', 10, 2400, 700)) {
    const before = [...piece]
    for (let i = 0; i < 5; i++) await new Promise(resolve => void setImmediate(resolve))
    expect([...piece]).toEqual(before)
    seen.push(...before)
  }
  expect(seen).toEqual([...content.subarray(10, 2400)])
})

test('the next piece is read while one is worked on; who stops early has no read under way', async () => {
  const log: string[] = []
  const file = slowFile(log)
  for await (const piece of piecesOf(file, 'f', 0, 2500, 400)) {
    expect(piece.length).toBe(400)
    expect(log.at(-1)).toBe('begin 400')
    break
  }
  await file.close()
  expect(log).toEqual(['begin 0', 'end 0', 'begin 400', 'end 400', 'close'])
})

test('a failed read is met at its piece, not before', async () => {
  const lengths: number[] = []
  const read = async (): Promise<void> => {
    for await (const piece of piecesOf(slowFile([], 800), 'f', 0, 2500, 400)) lengths.push(piece.length)
  }
  await expect(read()).rejects.toThrow('EIO')
  expect(lengths).toEqual([400, 400])
})
