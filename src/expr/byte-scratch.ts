import type { VectorBuilder } from '../columnar/builder.ts'

/** Collects one value from pieces of bytes, then appends it to a column and starts anew. One per batch, not per row. */
export class ByteScratch {
  #bytes = new Uint8Array(256)
  #length = 0

  add(source: Uint8Array, start: number, end: number): void {
    const n = end - start
    if (this.#length + n > this.#bytes.length) {
      const grown = new Uint8Array((this.#length + n) * 2)
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    if (n < 32) for (let k = start, at = this.#length; k < end; k++) this.#bytes[at++] = source[k]
    else this.#bytes.set(source.subarray(start, end), this.#length)
    this.#length += n
  }

  flush(out: VectorBuilder): void {
    out.appendBytes(this.#bytes, 0, this.#length)
    this.#length = 0
  }
}
