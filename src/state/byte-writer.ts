const encoder = new TextEncoder()

/** Bytes that grow at the end. Numbers are little-endian; a varint has seven bits a byte, the lowest first. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0
  #view: DataView

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `more` bytes, which the caller then writes at `length`. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  u32(value: number): void {
    this.reserve(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  f64(value: number): void {
    this.reserve(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** A whole number of 0 to 2^53 − 1. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    // Beyond 32 bits the shifts of JavaScript do not reach.
    while (rest >= 0x8000_0000) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest >= 128) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** A whole number of magnitude below 2^52, small magnitudes in few bytes. */
  signedVarint(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2)
  }

  raw(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    if (end - start < 32) {
      const to = this.bytes
      for (let i = start, at = this.length; i < end; i++, at++) to[at] = bytes[i]
    } else this.bytes.set(bytes.subarray(start, end), this.length)
    this.length += end - start
  }

  /** UTF-8 with its length in front. */
  text(value: string): void {
    const bytes = encoder.encode(value)
    this.varint(bytes.length)
    this.raw(bytes, 0, bytes.length)
  }

  /** The bytes written, in memory of their own. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}
