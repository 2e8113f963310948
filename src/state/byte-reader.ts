/** Raised by {@link ByteReader} and the block decoders; turned into STATE_CORRUPT where partition and batch are known. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes'
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads what ByteWriter wrote. Never reads beyond `end` and never believes a length before comparing it with what is left. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number
  #view: DataView

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(what: string): number {
    this.need(1, what)
    return this.bytes[this.at++]
  }

  u32(what: string): number {
    this.need(4, what)
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  f64(what: string): number {
    this.need(8, what)
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }

  varint(what: string): number {
    const { bytes, end } = this
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      if (this.at >= end) throw new MalformedBytes(`${what} goes beyond the end`)
      const byte = bytes[this.at++]
      value += (byte & 127) * scale
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw new MalformedBytes(`${what} is no number below 2^53`)
  }

  signedVarint(what: string): number {
    const value = this.varint(what)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A number of things of which each takes at least `bytesEach` of the bytes that are left. */
  count(bytesEach: number, what: string): number {
    const value = this.varint(what)
    if (value * bytesEach > this.end - this.at || value > 0x7fff_ffff) {
      throw new MalformedBytes(`${what} is ${value}, more than ${this.end - this.at} bytes can hold`)
    }
    return value
  }

  /** Steps over `n` bytes and answers where they start. */
  skip(n: number, what: string): number {
    this.need(n, what)
    this.at += n
    return this.at - n
  }

  text(what: string): string {
    const n = this.count(1, `the length of ${what}`)
    const start = this.skip(n, what)
    try {
      return decoder.decode(this.bytes.subarray(start, start + n))
    } catch {
      throw new MalformedBytes(`${what} is no UTF-8`)
    }
  }

  need(n: number, what: string): void {
    if (this.at + n > this.end) throw new MalformedBytes(`${what} goes beyond the end`)
  }
}
