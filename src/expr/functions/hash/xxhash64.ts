/**
 * xxHash64 as Spark's xxhash64() has it, on pairs of 32-bit halves: no bigint is made per row. State is one object whose
 * `low` and `high` are the running 64-bit value; all arithmetic is modulo 2^64.
 */
interface Word {
  readonly low: number
  readonly high: number
}

function word(value: bigint): Word {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) }
}

const prime1 = word(0x9e3779b185ebca87n)
const prime2 = word(0xc2b2ae3d27d4eb4fn)
const prime3 = word(0x165667b19e3779f9n)
const prime4 = word(0x85ebca77c2b2ae63n)
const prime5 = word(0x27d4eb2f165667c5n)

export class XxHash64 {
  low = 0
  high = 0

  set(low: number, high: number): void {
    this.low = low
    this.high = high
  }

  add(low: number, high: number): void {
    const sum = (this.low >>> 0) + (low >>> 0)
    this.low = sum | 0
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0
  }

  xor(low: number, high: number): void {
    this.low ^= low
    this.high ^= high
  }

  multiply(by: Word): void {
    const { low, high } = this
    const a = low & 0xffff
    const b = low >>> 16
    const c = by.low & 0xffff
    const d = by.low >>> 16
    // The product of the low halves is wanted in full: schoolbook on 16-bit digits, each sum within 32 bits unsigned.
    const first = Math.imul(a, c)
    const middle = ((Math.imul(b, c) >>> 0) + (first >>> 16)) | 0
    const cross = ((Math.imul(a, d) >>> 0) + (middle & 0xffff)) | 0
    const carry = (Math.imul(b, d) + (middle >>> 16) + (cross >>> 16)) | 0
    this.high = (carry + Math.imul(low, by.high) + Math.imul(high, by.low)) | 0
    this.low = (cross << 16) | (first & 0xffff)
  }

  /** `bits` from 1 to 31, or above 32. */
  rotateLeft(bits: number): void {
    let { low, high } = this
    let n = bits
    if (n > 32) {
      ;[low, high] = [high, low]
      n -= 32
    }
    this.low = (low << n) | (high >>> (32 - n))
    this.high = (high << n) | (low >>> (32 - n))
  }

  /** x ^= x >>> bits */
  foldRight(bits: number): void {
    const { low, high } = this
    if (bits >= 32) this.low ^= bits === 32 ? high : high >>> (bits - 32)
    else {
      this.low ^= (low >>> bits) | (high << (32 - bits))
      this.high ^= high >>> bits
    }
  }

  avalanche(): void {
    this.foldRight(33)
    this.multiply(prime2)
    this.foldRight(29)
    this.multiply(prime3)
    this.foldRight(32)
  }

  /** Hashes an int with the current value as the seed. */
  int(value: number): void {
    this.add(prime5.low, prime5.high)
    this.add(4, 0)
    this.mixInt(value)
    this.avalanche()
  }

  /** Hashes a 64-bit value with the current value as the seed. */
  long(low: number, high: number): void {
    this.add(prime5.low, prime5.high)
    this.add(8, 0)
    this.mixLong(low, high)
    this.avalanche()
  }

  /** Hashes bytes with the current value as the seed. */
  bytes(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    let at = start
    if (size >= 32) at = this.#stripes(bytes, start, end)
    else this.add(prime5.low, prime5.high)
    this.add(size, 0)
    for (; at + 8 <= end; at += 8) this.mixLong(int32At(bytes, at), int32At(bytes, at + 4))
    if (at + 4 <= end) {
      this.mixInt(int32At(bytes, at))
      at += 4
    }
    for (; at < end; at++) {
      lane.set(bytes[at], 0)
      lane.multiply(prime5)
      this.xor(lane.low, lane.high)
      this.rotateLeft(11)
      this.multiply(prime1)
    }
    this.avalanche()
  }

  mixInt(value: number): void {
    lane.set(value, 0)
    lane.multiply(prime1)
    this.xor(lane.low, lane.high)
    this.rotateLeft(23)
    this.multiply(prime2)
    this.add(prime3.low, prime3.high)
  }

  mixLong(low: number, high: number): void {
    lane.set(0, 0)
    lane.round(low, high)
    this.xor(lane.low, lane.high)
    this.rotateLeft(27)
    this.multiply(prime1)
    this.add(prime4.low, prime4.high)
  }

  /** One step of a lane over eight bytes. */
  round(low: number, high: number): void {
    product.set(low, high)
    product.multiply(prime2)
    this.add(product.low, product.high)
    this.rotateLeft(31)
    this.multiply(prime1)
  }

  /** Whole blocks of 32 bytes in four lanes, then merged; answers where the rest begins. */
  #stripes(bytes: Uint8Array, start: number, end: number): number {
    for (const l of lanes) l.set(this.low, this.high)
    lanes[0].add(prime1.low, prime1.high)
    lanes[0].add(prime2.low, prime2.high)
    lanes[1].add(prime2.low, prime2.high)
    lane.set(~prime1.low, ~prime1.high)
    lane.add(1, 0)
    lanes[3].add(lane.low, lane.high)
    let at = start
    for (; at + 32 <= end; at += 32) {
      for (let k = 0; k < 4; k++) lanes[k].round(int32At(bytes, at + 8 * k), int32At(bytes, at + 8 * k + 4))
    }
    this.set(0, 0)
    for (let k = 0; k < 4; k++) {
      lane.set(lanes[k].low, lanes[k].high)
      lane.rotateLeft(laneRotations[k])
      this.add(lane.low, lane.high)
    }
    for (const l of lanes) {
      lane.set(0, 0)
      lane.round(l.low, l.high)
      this.xor(lane.low, lane.high)
      this.multiply(prime1)
      this.add(prime4.low, prime4.high)
    }
    return at
  }

  toBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0)
  }
}

function int32At(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

const laneRotations = [1, 7, 12, 18]
/** Scratch registers: hashing is synchronous and never nested. */
const lane = new XxHash64()
const product = new XxHash64()
const lanes = [new XxHash64(), new XxHash64(), new XxHash64(), new XxHash64()]
