import { clearBit, getBit, newBitmap } from '../../columnar/bitmap.ts'

/** Adds nulls to a validity bitmap that belongs to somebody else: it is copied at the first one. */
export class NullMarks {
  validity: Uint8Array | null
  readonly #length: number
  #owned = false

  constructor(validity: Uint8Array | null, length: number) {
    this.validity = validity
    this.#length = length
  }

  has(i: number): boolean {
    return this.validity !== null && !getBit(this.validity, i)
  }

  add(i: number): void {
    if (!this.#owned) {
      this.validity = this.validity === null ? newBitmap(this.#length, true) : this.validity.slice()
      this.#owned = true
    }
    clearBit(this.validity as Uint8Array, i)
  }
}
