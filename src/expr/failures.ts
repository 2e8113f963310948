import { clearBit, newBitmap } from '../columnar/bitmap.ts'

/** Marks rows of a result as null (where a try_ function failed); the bitmap is copied or made on the first one. */
export class Failures {
  validity: Uint8Array | null
  #owned = false
  readonly #length: number

  constructor(validity: Uint8Array | null, length: number) {
    this.validity = validity
    this.#length = length
  }

  add(i: number): void {
    if (!this.#owned) {
      this.validity = this.validity === null ? newBitmap(this.#length, true) : this.validity.slice()
      this.#owned = true
    }
    clearBit(this.validity as Uint8Array, i)
  }
}
