import { assertNever } from '../common/assert.ts'
import type { BufferColumn } from '../columnar/buffer-column.ts'
import { type ByteReader, MalformedBytes } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { highWord, isNanWords, lowWord, nanHigh, wordsOf } from './words.ts'

/*
 * Values of one buffer for n rows. The number of rows stands in the section.
 *
 *   float64  = 0, n × 8 bytes | 1, n signed varints: when all are whole, as counts and most sums are
 *   int64    = n × 8 bytes
 *   int32    = n signed varints
 *   boolean  = one bit a row, the lowest first, in whole bytes
 *   bytes    = n × (varint 0: null | varint length + 1, the bytes)
 *
 * NaN is always written as the same one, so that equal values have equal bytes on every machine.
 */

const rawFloats = 0
const wholeFloats = 1
/** A signed varint doubles the value. */
const wholeLimit = 2 ** 52

/** Writes the values of slots[0 .. n), or of slots 0 .. n when `slots` is null. */
export function writeColumn(out: ByteWriter, buffer: BufferColumn, slots: Int32Array | null, n: number): void {
  switch (buffer.kind) {
    case 'float64':
      if (allWhole(buffer.float64, slots, n)) {
        out.u8(wholeFloats)
        out.reserve(n * 8)
        for (let i = 0; i < n; i++) out.signedVarint(buffer.float64[slots === null ? i : slots[i]])
      } else {
        out.u8(rawFloats)
        writeWords(out, wordsOf(buffer.float64), slots, n, true)
      }
      return
    case 'int64':
      writeWords(out, wordsOf(buffer.int64), slots, n, false)
      return
    case 'int32':
      for (let i = 0; i < n; i++) out.signedVarint(buffer.int32[slots === null ? i : slots[i]])
      return
    case 'boolean': {
      let byte = 0
      for (let i = 0; i < n; i++) {
        if (buffer.boolean[slots === null ? i : slots[i]] !== 0) byte |= 1 << (i & 7)
        if ((i & 7) === 7 || i === n - 1) {
          out.u8(byte)
          byte = 0
        }
      }
      return
    }
    case 'bytes':
      for (let i = 0; i < n; i++) {
        const bytes = buffer.bytesAt(slots === null ? i : slots[i])
        out.varint(bytes === null ? 0 : bytes.length + 1)
        if (bytes !== null) out.raw(bytes, 0, bytes.length)
      }
      return
    default:
      assertNever(buffer.kind, 'buffer kind')
  }
}

/** Reads n values into slots[0 .. n) of the buffer. */
export function readColumn(input: ByteReader, buffer: BufferColumn, slots: Int32Array, n: number): void {
  switch (buffer.kind) {
    case 'float64': {
      const how = input.u8('a column')
      if (how === wholeFloats) for (let i = 0; i < n; i++) buffer.float64[slots[i]] = input.signedVarint('a value')
      else if (how === rawFloats) readWords(input, wordsOf(buffer.float64), slots, n)
      else throw new MalformedBytes(`a column has the unknown encoding ${how}`)
      return
    }
    case 'int64':
      readWords(input, wordsOf(buffer.int64), slots, n)
      return
    case 'int32':
      for (let i = 0; i < n; i++) {
        const value = input.signedVarint('a value')
        if ((value | 0) !== value) throw new MalformedBytes(`the value ${value} is no int32`)
        buffer.int32[slots[i]] = value
      }
      return
    case 'boolean': {
      const start = input.skip((n + 7) >> 3, 'a column')
      for (let i = 0; i < n; i++) buffer.boolean[slots[i]] = (input.bytes[start + (i >> 3)] >> (i & 7)) & 1
      return
    }
    case 'bytes':
      for (let i = 0; i < n; i++) {
        const length = input.varint('the length of a value') - 1
        if (length < 0) {
          buffer.clear(slots[i])
          continue
        }
        const start = input.skip(length, 'a value')
        buffer.setBytes(slots[i], input.bytes, start, start + length)
      }
      return
    default:
      assertNever(buffer.kind, 'buffer kind')
  }
}

function allWhole(values: Float64Array, slots: Int32Array | null, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const x = values[slots === null ? i : slots[i]]
    if (Math.trunc(x) !== x || x >= wholeLimit || x <= -wholeLimit || Object.is(x, -0)) return false
  }
  return true
}

function writeWords(out: ByteWriter, words: Int32Array, slots: Int32Array | null, n: number, floats: boolean): void {
  out.reserve(n * 8)
  const bytes = out.bytes
  let at = out.length
  for (let i = 0; i < n; i++) {
    const slot = slots === null ? i : slots[i]
    let low = words[lowWord(slot)]
    let high = words[highWord(slot)]
    if (floats && isNanWords(low, high)) {
      low = 0
      high = nanHigh
    }
    bytes[at] = low
    bytes[at + 1] = low >>> 8
    bytes[at + 2] = low >>> 16
    bytes[at + 3] = low >>> 24
    bytes[at + 4] = high
    bytes[at + 5] = high >>> 8
    bytes[at + 6] = high >>> 16
    bytes[at + 7] = high >>> 24
    at += 8
  }
  out.length = at
}

function readWords(input: ByteReader, words: Int32Array, slots: Int32Array, n: number): void {
  let at = input.skip(n * 8, 'a column')
  const { bytes } = input
  for (let i = 0; i < n; i++, at += 8) {
    words[lowWord(slots[i])] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    words[highWord(slots[i])] = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24)
  }
}
