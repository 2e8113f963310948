import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { type BiasTable, biasTables } from './hll-bias.ts'

/**
 * HyperLogLog++ over 64-bit hashes, with the same estimates as Spark's approx_count_distinct.
 *
 * A sketch has m = 2^precision registers. A hash chooses a register with its first bits; the register keeps the
 * largest position of the first 1 in the bits after them. In a `bytes` slot a sketch is
 *
 *   null    nothing was added
 *   sparse  entries of 3 bytes: register (2, little-endian), value (1); at most 64, in order of first use
 *   dense   m bytes, the value of each register
 *
 * Sparse is used while it is the shorter one, for m from 512 to 65,536: most groups of most queries see few values.
 * Part of the checkpoint format.
 */
export class HyperLogLog {
  readonly precision: number
  readonly registers: number
  readonly #sparseBytes: number
  readonly #bias: { readonly threshold: number; readonly estimates: Float64Array; readonly biases: Float64Array } | null
  readonly #scratch: Uint8Array

  constructor(precision: number) {
    this.precision = precision
    this.registers = 2 ** precision
    this.#sparseBytes = precision >= 9 && precision <= 16 ? maxSparseEntries * 3 : 0
    const table = biasTables.find(t => t.precision === precision)
    this.#bias = table === undefined ? null : biasOf(table)
    this.#scratch = new Uint8Array(this.registers)
  }

  /** Adds a hash given as its halves. */
  add(sketches: BufferColumn, slot: number, high: number, low: number): void {
    const p = this.precision
    const register = high >>> (32 - p)
    const restHigh = (high << p) | (low >>> (32 - p))
    // A 1 behind the last bit bounds the count of leading zeros.
    const restLow = (low << p) | (1 << (p - 1))
    const zeros = restHigh !== 0 ? Math.clz32(restHigh) : 32 + Math.clz32(restLow)
    this.#raise(sketches, slot, register, zeros + 1)
  }

  /** Adds everything that another sketch of the same precision has seen. */
  merge(sketches: BufferColumn, slot: number, from: BufferColumn, fromSlot: number): void {
    const other = from.arenas[fromSlot]
    if (other === null) return
    const length = from.byteLengths[fromSlot]
    if (sketches.arenas[slot] === null) {
      sketches.setBytes(slot, other, 0, length)
    } else if (length === this.registers) {
      for (let k = 0; k < length; k++) if (other[k] !== 0) this.#raise(sketches, slot, k, other[k])
    } else {
      for (let at = 0; at < length; at += 3) this.#raise(sketches, slot, other[at] | (other[at + 1] << 8), other[at + 2])
    }
  }

  /** About how many different hashes were added. */
  estimate(sketches: BufferColumn, slot: number): number {
    if (sketches.arenas[slot] === null) return 0
    const m = this.registers
    const values = this.#dense(sketches, slot)
    let inverse = 0
    let zeros = 0
    for (let k = 0; k < m; k++) {
      inverse += 2 ** -values[k]
      if (values[k] === 0) zeros++
    }
    const raw = (alpha(m) * m * m) / inverse
    return Math.floor(this.#corrected(raw, zeros) + 0.5)
  }

  #corrected(raw: number, zeros: number): number {
    const m = this.registers
    if (zeros > 0) {
      const linear = m * Math.log(m / zeros)
      if ((this.#bias !== null && linear <= this.#bias.threshold) || raw <= 2.5 * m) return linear
    }
    return this.#bias !== null && raw < 5 * m ? raw - nearestBias(this.#bias.estimates, this.#bias.biases, raw) : raw
  }

  #raise(sketches: BufferColumn, slot: number, register: number, value: number): void {
    const length = sketches.byteLengths[slot]
    const arena = sketches.arenas[slot]
    if (length === this.registers) {
      const dense = arena as Uint8Array
      if (dense[register] < value) dense[register] = value
      return
    }
    const low = register & 255
    const high = register >>> 8
    if (arena !== null) {
      for (let at = 0; at < length; at += 3) {
        if (arena[at] !== low || arena[at + 1] !== high) continue
        if (arena[at + 2] < value) arena[at + 2] = value
        return
      }
    }
    if (length + 3 <= this.#sparseBytes) {
      const room = sketches.reserveBytes(slot, 3)
      room[length] = low
      room[length + 1] = high
      room[length + 2] = value
      sketches.byteLengths[slot] = length + 3
      return
    }
    sketches.setBytes(slot, this.#dense(sketches, slot), 0, this.registers)
    const dense = sketches.arenas[slot] as Uint8Array
    if (dense[register] < value) dense[register] = value
  }

  /** The registers of a sketch; good until the next call. */
  #dense(sketches: BufferColumn, slot: number): Uint8Array {
    const arena = sketches.arenas[slot]
    const length = sketches.byteLengths[slot]
    if (arena !== null && length === this.registers) return arena
    this.#scratch.fill(0)
    if (arena !== null) for (let at = 0; at < length; at += 3) this.#scratch[arena[at] | (arena[at + 1] << 8)] = arena[at + 2]
    return this.#scratch
  }
}

const maxSparseEntries = 64

/** The precision whose standard error is at most `rsd`, as Spark computes it. */
export function precisionOf(rsd: number): number {
  return Math.ceil((2 * Math.log(1.106 / rsd)) / Math.log(2))
}

function alpha(m: number): number {
  if (m === 16) return 0.673
  if (m === 32) return 0.697
  return m === 64 ? 0.709 : 0.7213 / (1 + 1.079 / m)
}

function biasOf(table: BiasTable): { threshold: number; estimates: Float64Array; biases: Float64Array } {
  const estimates = Float64Array.from(table.estimates)
  const biases = new Float64Array(estimates.length)
  let size = 1
  for (let i = 0; i < biases.length; i++) {
    // Estimates have four decimals; without rounding the difference would have a tail of binary noise.
    biases[i] = Math.round((estimates[i] - size) * 10_000) / 10_000
    size += table.step + (table.longer[i] === '1' ? 1 : 0)
  }
  return { threshold: table.threshold, estimates, biases }
}

/** Mean bias of the six measurements closest to an estimate. */
function nearestBias(estimates: Float64Array, biases: Float64Array, e: number): number {
  const neighbours = 6
  const n = estimates.length
  let low = Math.max(searchSorted(estimates, e) - neighbours + 1, 0)
  let high = Math.min(low + neighbours, n)
  const distance = (i: number): number => (e - estimates[i]) ** 2
  while (high < n && distance(high) < distance(low)) {
    low++
    high++
  }
  let sum = 0
  for (let i = low; i < high; i++) sum += biases[i]
  return sum / (high - low)
}

/** Index of a value, or of the first larger one. */
function searchSorted(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const mid = (low + high) >>> 1
    if (sorted[mid] < value) low = mid + 1
    else if (sorted[mid] > value) high = mid - 1
    else return mid
  }
  return low
}
