/**
 * Walks a Thrift compact struct without building anything and answers where it ends, or −1 when the bytes end first.
 *
 * The library's parser trusts the lengths it reads: a list that claims 2^25 elements is allocated before its first
 * element is missed. Whatever passes here has lengths that its bytes bear out, so parsing it takes memory in
 * proportion to the bytes.
 */
export function thriftEnd(bytes: Uint8Array, start: number, end: number): number {
  const walker = new Walker(bytes, start, end)
  try {
    walker.struct(0)
  } catch (error) {
    if (error === cutShort) return -1
    throw error
  }
  return walker.at
}

const cutShort = new Error('Thrift data ends early.')
const maxDepth = 32

class Walker {
  readonly #bytes: Uint8Array
  readonly #end: number
  at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#end = end
    this.at = start
  }

  struct(depth: number): void {
    if (depth > maxDepth) throw new Error(`Thrift structs are nested deeper than ${maxDepth}`)
    for (;;) {
      const header = this.#byte()
      if ((header & 15) === 0) return
      if (header >> 4 === 0) this.#varint()
      this.#element(header & 15, depth)
    }
  }

  #element(type: number, depth: number): void {
    switch (type) {
      case 1:
      case 2:
        return
      case 3:
        this.#skip(1)
        return
      case 4:
      case 5:
      case 6:
        this.#varint()
        return
      case 7:
        this.#skip(8)
        return
      case 8:
        this.#skip(this.#varint())
        return
      case 9: {
        const header = this.#byte()
        const size = header >> 4 === 15 ? this.#varint() : header >> 4
        const element = header & 15
        // Every element takes at least one byte.
        if (size > this.#end - this.at) throw cutShort
        if (depth >= maxDepth) throw new Error(`Thrift lists are nested deeper than ${maxDepth}`)
        for (let i = 0; i < size; i++) {
          if (element === 1 || element === 2) this.#skip(1)
          else this.#element(element, depth + 1)
        }
        return
      }
      case 12:
        this.struct(depth + 1)
        return
      default:
        throw new Error(`Thrift type ${type} does not belong in Parquet metadata`)
    }
  }

  #byte(): number {
    if (this.at >= this.#end) throw cutShort
    return this.#bytes[this.at++]
  }

  #skip(length: number): void {
    if (length > this.#end - this.at) throw cutShort
    this.at += length
  }

  /** Exact for lengths; of larger values only their extent matters. */
  #varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    throw new Error('Thrift number is longer than 64 bits')
  }
}
