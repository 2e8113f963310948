/**
 * Writes the body of a request in Kafka's flexible encoding (KIP-482): lengths are unsigned varints of length + 1, 0 is
 * null, every structure ends with its tagged fields, of which we send none. The first byte is the (empty) tagged fields of
 * the header, whose other fields the connection writes.
 */
export class RequestWriter {
  #buffer: Buffer
  #length = 1

  constructor(sizeHint = 256) {
    this.#buffer = Buffer.allocUnsafe(Math.max(16, sizeHint))
    this.#buffer[0] = 0
  }

  int8(value: number): this {
    this.#room(1)
    this.#length = this.#buffer.writeInt8(value, this.#length)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  int16(value: number): this {
    this.#room(2)
    this.#length = this.#buffer.writeInt16BE(value, this.#length)
    return this
  }

  int32(value: number): this {
    this.#room(4)
    this.#length = this.#buffer.writeInt32BE(value, this.#length)
    return this
  }

  int64(value: bigint): this {
    this.#room(8)
    this.#length = this.#buffer.writeBigInt64BE(value, this.#length)
    return this
  }

  /** Topic ids travel as their 16 bytes. */
  uuid(hex: string): this {
    this.#room(16)
    this.#length += this.#buffer.write(hex, this.#length, 16, 'hex')
    return this
  }

  string(value: string | null): this {
    if (value === null) return this.#varint(0)
    const length = Buffer.byteLength(value)
    this.#varint(length + 1).#room(length)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
    return this
  }

  bytes(value: Uint8Array): this {
    this.#varint(value.length + 1).#room(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
    return this
  }

  /** A list; `write` writes one element without its tagged fields, unless it has none at all (numbers). */
  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.#varint(0)
    this.#varint(items.length + 1)
    for (const item of items) write(item)
    return this
  }

  /** No tagged fields. */
  end(): this {
    return this.int8(0)
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #varint(value: number): this {
    this.#room(5)
    let rest = value
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#buffer[this.#length++] = rest
    return this
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
