import { assert, assertNever } from '../common/assert.ts'
import { getBit } from './bitmap.ts'
import { BytesReader, isNullAt, type Vector } from './vector.ts'

/**
 * xxHash64 on 32-bit halves, so that no BigInt is made per value. Every function leaves its result in {@link hash64};
 * read it before the next call. Whole numbers hash as Spark's xxhash64() hashes them, which is not the hash of their bytes.
 */
export const hash64 = { high: 0, low: 0 }

// The five primes of the algorithm.
const p1h = 0x9e3779b1 | 0
const p1l = 0x85ebca87 | 0
const p2h = 0xc2b2ae3d | 0
const p2l = 0x27d4eb4f | 0
const p3h = 0x165667b1 | 0
const p3l = 0x9e3779f9 | 0
const p4h = 0x85ebca77 | 0
const p4l = 0xc2b2ae63 | 0
const p5h = 0x27d4eb2f | 0
const p5l = 0x165667c5 | 0

/** The number being computed. */
let high = 0
let low = 0

function add(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0)
  high = (high + h + (sum > 4294967295 ? 1 : 0)) | 0
  low = sum | 0
}

function multiply(h: number, l: number): void {
  const a0 = low & 0xffff
  const a1 = low >>> 16
  const b0 = l & 0xffff
  const b1 = l >>> 16
  const p00 = Math.imul(a0, b0) >>> 0
  const p01 = Math.imul(a0, b1) >>> 0
  const p10 = Math.imul(a1, b0) >>> 0
  const mid = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff)
  high = (Math.imul(a1, b1) + (p01 >>> 16) + (p10 >>> 16) + (mid >>> 16) + Math.imul(high, l) + Math.imul(low, h)) | 0
  low = (mid << 16) | (p00 & 0xffff)
}

/** 0 < n < 32. */
function rotateLeft(n: number): void {
  const h = high
  high = (h << n) | (low >>> (32 - n))
  low = (low << n) | (h >>> (32 - n))
}

function xor(h: number, l: number): void {
  high ^= h
  low ^= l
}

function finish(): void {
  // x ^= x >>> 33
  low ^= high >>> 1
  multiply(p2h, p2l)
  // x ^= x >>> 29
  low ^= (low >>> 29) | (high << 3)
  high ^= high >>> 29
  multiply(p3h, p3l)
  // x ^= x >>> 32
  low ^= high
  hash64.high = high
  hash64.low = low
}

/** A 32-bit value: int, date, boolean (1 and 0). */
export function xxhash64Int(value: number, seedHigh: number, seedLow: number): void {
  high = 0
  low = value
  multiply(p1h, p1l)
  const h = high
  const l = low
  high = seedHigh
  low = seedLow
  add(p5h, p5l)
  add(0, 4)
  xor(h, l)
  rotateLeft(23)
  multiply(p2h, p2l)
  add(p3h, p3l)
  finish()
}

/** A 64-bit value given as its halves: bigint, timestamp, the bits of a double. */
export function xxhash64Long(valueHigh: number, valueLow: number, seedHigh: number, seedLow: number): void {
  lane(valueHigh, valueLow)
  const h = high
  const l = low
  high = seedHigh
  low = seedLow
  add(p5h, p5l)
  add(0, 8)
  xor(h, l)
  rotateLeft(27)
  multiply(p1h, p1l)
  add(p4h, p4l)
  finish()
}

/** rotl(value * P2, 31) * P1: what one 8-byte word contributes. */
function lane(h: number, l: number): void {
  high = h
  low = l
  multiply(p2h, p2l)
  rotateLeft(31)
  multiply(p1h, p1l)
}

/** Accumulators of the long form, four numbers as halves, low first. */
const lanes4 = new Int32Array(8)

function word(bytes: Uint8Array, i: number): number {
  return bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
}

/** bytes[start .. end): text, binary. */
export function xxhash64Bytes(bytes: Uint8Array, start: number, end: number, seedHigh: number, seedLow: number): void {
  let i = start
  high = seedHigh
  low = seedLow
  if (end - start >= 32) {
    i = stripes(bytes, start, end, seedHigh, seedLow)
  } else {
    add(p5h, p5l)
  }
  add(0, end - start)
  for (; i + 8 <= end; i += 8) {
    const h = high
    const l = low
    lane(word(bytes, i + 4), word(bytes, i))
    xor(h, l)
    rotateLeft(27)
    multiply(p1h, p1l)
    add(p4h, p4l)
  }
  if (i + 4 <= end) {
    const h = high
    const l = low
    high = 0
    low = word(bytes, i)
    multiply(p1h, p1l)
    xor(h, l)
    rotateLeft(23)
    multiply(p2h, p2l)
    add(p3h, p3l)
    i += 4
  }
  for (; i < end; i++) {
    const h = high
    const l = low
    high = 0
    low = bytes[i]
    multiply(p5h, p5l)
    xor(h, l)
    rotateLeft(11)
    multiply(p1h, p1l)
  }
  finish()
}

/** Folds all whole 32-byte stripes into high and low; answers where the rest begins. */
function stripes(bytes: Uint8Array, start: number, end: number, seedHigh: number, seedLow: number): number {
  const begin = (k: number, h: number, l: number): void => {
    high = seedHigh
    low = seedLow
    add(h, l)
    lanes4[2 * k] = low
    lanes4[2 * k + 1] = high
  }
  high = p1h
  low = p1l
  add(p2h, p2l)
  begin(0, high, low)
  begin(1, p2h, p2l)
  begin(2, 0, 0)
  begin(3, ~p1h, -p1l | 0)
  let i = start
  for (; i + 32 <= end; i += 32) {
    for (let k = 0; k < 4; k++) {
      high = word(bytes, i + 8 * k + 4)
      low = word(bytes, i + 8 * k)
      multiply(p2h, p2l)
      add(lanes4[2 * k + 1], lanes4[2 * k])
      rotateLeft(31)
      multiply(p1h, p1l)
      lanes4[2 * k] = low
      lanes4[2 * k + 1] = high
    }
  }
  let h = 0
  let l = 0
  for (let k = 0; k < 4; k++) {
    high = lanes4[2 * k + 1]
    low = lanes4[2 * k]
    rotateLeft(mixRotations[k])
    add(h, l)
    h = high
    l = low
  }
  for (let k = 0; k < 4; k++) {
    lane(lanes4[2 * k + 1], lanes4[2 * k])
    xor(h, l)
    multiply(p1h, p1l)
    add(p4h, p4l)
    h = high
    l = low
  }
  return i
}

const mixRotations = [1, 7, 12, 18]

const doubleBits = new Float64Array(1)
const doubleHalves = new Int32Array(doubleBits.buffer)

/** Hashes row i on top of hash64, which is the seed. */
export type RowHasher = (i: number) => void

/**
 * Chains rows of a vector into {@link hash64} by the rules of Spark's xxhash64(): a null leaves the hash as it is,
 * every NaN is one NaN and −0.0 is 0.0, arrays and structs chain what is in them. Start with high 0 and low 42.
 */
export function rowHasher(v: Vector): RowHasher {
  const hash = presentRowHasher(v)
  return i => {
    if (!isNullAt(v, i)) hash(i)
  }
}

function presentRowHasher(v: Vector): RowHasher {
  const type = v.type
  switch (type.kind) {
    case 'null':
      return () => {}
    case 'boolean': {
      const bits = v.values as Uint8Array
      return i => xxhash64Int(getBit(bits, i) ? 1 : 0, hash64.high, hash64.low)
    }
    case 'int32':
    case 'date': {
      const values = v.values as Int32Array
      return i => xxhash64Int(values[i], hash64.high, hash64.low)
    }
    case 'int64': {
      const { buffer, byteOffset, length } = v.values as BigInt64Array
      const halves = new Int32Array(buffer, byteOffset, length * 2)
      return i => xxhash64Long(halves[2 * i + 1], halves[2 * i], hash64.high, hash64.low)
    }
    case 'integer':
    case 'timestamp': {
      const values = v.values as Float64Array
      return i => xxhash64Long(Math.floor(values[i] / 4294967296) | 0, values[i] | 0, hash64.high, hash64.low)
    }
    case 'float64': {
      const values = v.values as Float64Array
      return i => {
        const x = values[i]
        // x + 0 turns −0 into 0; the constant is the one NaN.
        doubleBits[0] = x === x ? x + 0 : NaN
        xxhash64Long(doubleHalves[1], doubleHalves[0], hash64.high, hash64.low)
      }
    }
    case 'string':
    case 'binary': {
      const r = new BytesReader(v)
      return i => xxhash64Bytes(r.bytes, r.start(i), r.end(i), hash64.high, hash64.low)
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const element = rowHasher(v.children[0])
      return i => {
        for (let k = offsets[i]; k < offsets[i + 1]; k++) element(k)
      }
    }
    case 'struct': {
      const fields = v.children.map(rowHasher)
      return i => {
        for (const hash of fields) hash(i)
      }
    }
    case 'vector':
      assert(false, 'Vectors are not hashed.')
      return () => {}
    default:
      return assertNever(type, 'type')
  }
}
