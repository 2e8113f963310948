/**
 * Reads Parquet's mix of run-length and bit-packed numbers, a piece at a time, into a typed array that the caller has.
 *
 *   run      = header (varint) value        header even: (header >> 1) times the value, in (width + 7) >> 3 bytes
 *            | header (varint) packed       header odd: (header >> 1) × 8 numbers of `width` bits, lowest bit first
 *
 * The library's reader fills an array of the whole page and runs as long as the file tells it to; here a run that
 * claims billions of values costs nothing until somebody asks for them.
 */
export class HybridReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #width: number
  readonly #mask: number
  #at: number
  #repeated = 0
  #value = 0
  #packed = 0
  #bit = 0

  constructor(bytes: Uint8Array, start: number, end: number, width: number) {
    if (width > 32) throw new Error(`numbers of ${width} bits in a run-length encoding`)
    if (end > bytes.length || start > end) throw new Error('a run-length encoding is longer than its page')
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#width = width
    this.#mask = width === 32 ? -1 : (1 << width) - 1
  }

  read(out: Uint8Array | Int32Array, from: number, count: number): void {
    const end = from + count
    if (this.#width === 0) {
      out.fill(0, from, end)
      return
    }
    for (let i = from; i < end;) {
      if (this.#repeated > 0) {
        const n = Math.min(this.#repeated, end - i)
        out.fill(this.#value, i, i + n)
        this.#repeated -= n
        i += n
      } else if (this.#packed > 0) {
        const n = Math.min(this.#packed, end - i)
        this.#unpack(out, i, n)
        this.#packed -= n
        i += n
      } else {
        this.#nextRun()
      }
    }
  }

  #unpack(out: Uint8Array | Int32Array, from: number, count: number): void {
    const bytes = this.#bytes
    const width = this.#width
    const mask = this.#mask
    let bit = this.#bit
    for (let i = from; i < from + count; i++) {
      const at = bit >>> 3
      const shift = bit & 7
      let value = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> shift
      if (shift + width > 32) value |= bytes[at + 4] << (32 - shift)
      out[i] = value & mask
      bit += width
    }
    this.#bit = bit
  }

  #nextRun(): void {
    let header = 0
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end || scale > 2 ** 35) throw new Error('a run-length encoding ends early')
      const byte = this.#bytes[this.#at++]
      header += (byte & 127) * scale
      if (byte < 128) break
    }
    const half = Math.floor(header / 2)
    if (header % 2 === 0) {
      const size = (this.#width + 7) >> 3
      if (this.#at + size > this.#end) throw new Error('a run-length encoding ends early')
      let value = 0
      for (let k = 0; k < size; k++) value |= this.#bytes[this.#at++] << (8 * k)
      this.#value = value
      this.#repeated = half
    } else {
      // Writers may leave out the padding of the last run: only what the bytes hold can be read.
      const held = Math.floor(((this.#end - this.#at) * 8) / this.#width)
      this.#packed = Math.min(half * 8, held)
      if (this.#packed === 0 && half > 0) throw new Error('a run-length encoding ends early')
      this.#bit = this.#at * 8
      this.#at = Math.min(this.#end, this.#at + half * this.#width)
    }
  }
}

/** Bits that hold numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}
