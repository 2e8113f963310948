export const maxNameBytes = 1024

/** Walks through little-endian bytes; nothing is allocated before it is known that the bytes are there. */
export class BinaryReader {
  readonly view: DataView
  readonly #bytes: Uint8Array
  readonly #fail: (what: string) => Error
  #at: number

  constructor(bytes: Uint8Array, start: number, fail: (what: string) => Error) {
    this.#bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
    this.#fail = fail
  }

  take(length: number): number {
    if (length > this.#bytes.length - this.#at) throw this.#fail(`it ends after ${this.#bytes.length} bytes, in the middle of something`)
    const at = this.#at
    this.#at += length
    return at
  }

  /** A count of things of `unit` bytes or more, which the remaining bytes can hold. */
  length(unit: number): number {
    const n = Number(this.view.getBigUint64(this.take(8), true))
    if (n * unit > this.#bytes.length - this.#at) throw this.#fail(`a length of ${n} is more than what is left`)
    return n
  }

  text(maxBytes = maxNameBytes): string {
    const length = this.length(1)
    if (length > maxBytes) throw this.#fail(`it has a name of ${length} bytes`)
    const at = this.take(length)
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length))
  }

  floats(): Float32Array {
    const out = new Float32Array(this.length(4))
    const at = this.take(out.length * 4)
    for (let i = 0; i < out.length; i++) out[i] = this.view.getFloat32(at + i * 4, true)
    return out
  }

  ints(length: number): Int32Array {
    const at = this.take(length * 4)
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) out[i] = this.view.getInt32(at + i * 4, true)
    return out
  }
}
