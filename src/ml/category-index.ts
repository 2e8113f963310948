import { hashBytes } from '../columnar/hash.ts'

/** Finds the code of a category from its UTF-8 bytes, without making a string: a small open-addressing table. */
export class CategoryIndex {
  readonly #bytes: Uint8Array
  readonly #offsets: Int32Array
  /** Code + 1 per slot; 0 is empty. */
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #fallback: ((name: string) => number) | undefined

  /**
   * Codes are positions in `categories`; of equal ones the first counts. `fallback` answers the code of a name that is not
   * there, or −1.
   */
  constructor(categories: readonly string[], fallback?: (name: string) => number) {
    this.#fallback = fallback
    const encoded = categories.map(c => new TextEncoder().encode(c))
    this.#offsets = new Int32Array(categories.length + 1)
    encoded.forEach((bytes, i) => {
      this.#offsets[i + 1] = this.#offsets[i] + bytes.length
    })
    this.#bytes = new Uint8Array(this.#offsets[categories.length])
    let capacity = 8
    while (capacity < categories.length * 2) capacity *= 2
    this.#slots = new Int32Array(capacity)
    this.#mask = capacity - 1
    encoded.forEach((bytes, code) => {
      this.#bytes.set(bytes, this.#offsets[code])
      const slot = this.#find(bytes, 0, bytes.length)
      if (this.#slots[slot] === 0) this.#slots[slot] = code + 1
    })
  }

  /** The code of bytes[start .. end), or −1 for a category that is not in the list. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    const code = this.#slots[this.#find(bytes, start, end)] - 1
    return code >= 0 || this.#fallback === undefined ? code : this.#fallback(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString())
  }

  /** The slot that holds these bytes, or the empty one where they would go. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    let slot = hashBytes(bytes, start, end) & this.#mask
    for (;;) {
      const code = this.#slots[slot] - 1
      if (code < 0 || this.#equals(code, bytes, start, end)) return slot
      slot = (slot + 1) & this.#mask
    }
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#offsets[code]
    if (this.#offsets[code + 1] - from !== end - start) return false
    for (let i = start; i < end; i++) if (bytes[i] !== this.#bytes[from + i - start]) return false
    return true
  }
}
