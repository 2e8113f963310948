/** An answer that does not follow the protocol: cut off, or of another program than Kafka. */
export class MalformedAnswerError extends Error {
  override readonly name = 'MalformedAnswerError'
}

/** Reads an answer in the flexible encoding (see RequestWriter). Never reads beyond it. @throws MalformedAnswerError */
export class ResponseReader {
  readonly #bytes: Buffer
  #at = 0

  /** `flexible`: the header has tagged fields too, which are passed over at once. */
  constructor(bytes: Buffer, header: 'flexible' | 'plain' = 'flexible') {
    this.#bytes = bytes
    if (header === 'flexible') this.end()
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8))
  }

  /** 32 hexadecimal digits. */
  uuid(): string {
    const at = this.#take(16)
    return this.#bytes.toString('hex', at, at + 16)
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const bytes = this.nullableBytes()
    return bytes === null ? null : bytes.toString('utf8')
  }

  /** A view, not a copy. */
  nullableBytes(): Buffer | null {
    const length = this.#varint() - 1
    if (length < 0) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** A null list is an empty one. */
  array<T>(read: () => T): T[] {
    return this.#items(this.#varint() - 1, read)
  }

  /** A list of the older encoding, with its length as int32. */
  plainArray<T>(read: () => T): T[] {
    return this.#items(this.int32(), read)
  }

  /** Passes over tagged fields. */
  end(): void {
    for (let fields = this.#varint(); fields > 0; fields--) {
      this.#varint()
      this.#take(this.#varint())
    }
  }

  #items<T>(length: number, read: () => T): T[] {
    // An element has a byte at least: a longer list is a damaged one, and would only cost memory.
    if (length > this.#bytes.length - this.#at) throw new MalformedAnswerError(`a list of ${length} elements in ${this.#bytes.length - this.#at} bytes`)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read())
    return items
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)]
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new MalformedAnswerError('a length of more than five bytes')
  }

  #take(bytes: number): number {
    const at = this.#at
    if (at + bytes > this.#bytes.length) throw new MalformedAnswerError(`${bytes} bytes wanted at ${at} of ${this.#bytes.length}`)
    this.#at = at + bytes
    return at
  }
}
