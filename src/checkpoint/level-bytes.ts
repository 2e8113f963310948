/** Reads the numbers of LevelDB's formats, one after the other. Throws RangeError beyond the end. */
export class LevelBytes {
  at: number
  readonly #bytes: Uint8Array
  readonly #end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes
    this.at = at
    this.#end = end
  }

  get done(): boolean {
    return this.at >= this.#end
  }

  /** Little end first, seven bits a byte; exact to 2^53. */
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      if (this.at >= this.#end || scale > 2 ** 49) throw new RangeError('a number does not end')
      const byte = this.#bytes[this.at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  skip(length: number): void {
    if (this.at + length > this.#end) throw new RangeError('something ends beyond the end')
    this.at += length
  }

  /** Skips bytes with their length in front. */
  skipText(): void {
    this.skip(this.varint())
  }
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}

/** A checksum as LevelDB stores it: a CRC over data that may itself hold CRCs is turned and shifted. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
