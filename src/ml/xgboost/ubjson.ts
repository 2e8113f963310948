const maxDepth = 64

/** What UBJSON can say, as JavaScript values: arrays of one numeric type become typed arrays. */
export type UbjsonValue =
  | null
  | boolean
  | number
  | string
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array
  | UbjsonValue[]
  | { [key: string]: UbjsonValue }

/**
 * Reads one UBJSON value (draft 12) that fills the bytes exactly. Big-endian; a value is a type letter and its content:
 *
 *     Z T F        null, true, false          S <length> bytes      UTF-8 text
 *     i U I l L    8 to 64-bit integers       [ … ]                 list
 *     d D          32 and 64-bit floats       { <length> key value … }
 *     [ # n …      n values                   [ $ t # n …           n values of type t without their letters
 *
 * Lengths are checked against the bytes that are left before anything is allocated.
 * @throws whatever `fail` builds, naming the position
 */
export function parseUbjson(bytes: Uint8Array, fail: (what: string) => Error): UbjsonValue {
  const parser = new Parser(bytes, fail)
  const value = parser.value(parser.letter(), 0)
  parser.end()
  return value
}

class Parser {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #fail: (what: string) => Error
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #at = 0

  constructor(bytes: Uint8Array, fail: (what: string) => Error) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#fail = fail
  }

  #wrong(what: string): Error {
    return this.#fail(`${what} at byte ${this.#at}`)
  }

  /** Moves past `length` bytes and answers where they start. */
  #take(length: number): number {
    if (length > this.#bytes.length - this.#at) throw this.#wrong('it ends in the middle of a value')
    const at = this.#at
    this.#at += length
    return at
  }

  letter(): string {
    return String.fromCharCode(this.#bytes[this.#take(1)])
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#wrong('there is something after its end')
  }

  #peek(): string {
    return this.#at < this.#bytes.length ? String.fromCharCode(this.#bytes[this.#at]) : ''
  }

  value(letter: string, depth: number): UbjsonValue {
    if (depth > maxDepth) throw this.#wrong(`it is nested more than ${maxDepth} deep`)
    switch (letter) {
      case 'Z':
        return null
      case 'T':
        return true
      case 'F':
        return false
      case 'S':
        return this.#text()
      case 'C':
        return this.letter()
      case '[':
        return this.#array(depth)
      case '{':
        return this.#object(depth)
      default:
        return this.#number(letter)
    }
  }

  #number(letter: string): number {
    const view = this.#view
    switch (letter) {
      case 'i':
        return view.getInt8(this.#take(1))
      case 'U':
        return view.getUint8(this.#take(1))
      case 'I':
        return view.getInt16(this.#take(2))
      case 'l':
        return view.getInt32(this.#take(4))
      case 'L': {
        const n = Number(view.getBigInt64(this.#take(8)))
        if (!Number.isSafeInteger(n)) throw this.#wrong('a number is out of range')
        return n
      }
      case 'd':
        return view.getFloat32(this.#take(4))
      case 'D':
        return view.getFloat64(this.#take(8))
      default:
        throw this.#wrong(`there is no type ${JSON.stringify(letter)}`)
    }
  }

  /** A length: an integer that the remaining bytes can hold, each unit having `unit` bytes. */
  #length(unit: number): number {
    const letter = this.letter()
    if (!'iUIlL'.includes(letter)) throw this.#wrong('a length is not a whole number')
    const n = this.#number(letter)
    if (n < 0 || n * unit > this.#bytes.length - this.#at) throw this.#wrong(`a length of ${n} is more than what is left`)
    return n
  }

  #text(): string {
    const length = this.#length(1)
    const at = this.#take(length)
    try {
      return this.#decoder.decode(this.#bytes.subarray(at, at + length))
    } catch {
      throw this.#wrong('a text is not UTF-8')
    }
  }

  #object(depth: number): UbjsonValue {
    const object = Object.create(null) as { [key: string]: UbjsonValue }
    while (this.#peek() !== '}') {
      const key = this.#text()
      object[key] = this.value(this.letter(), depth + 1)
    }
    this.#take(1)
    return object
  }

  #array(depth: number): UbjsonValue {
    if (this.#peek() === '$') {
      this.#take(1)
      const letter = this.letter()
      if (this.letter() !== '#') throw this.#wrong('a typed list has no length')
      return this.#typedArray(letter)
    }
    const items: UbjsonValue[] = []
    if (this.#peek() === '#') {
      this.#take(1)
      // Each value has at least one byte.
      for (let n = this.#length(1); n > 0; n--) items.push(this.value(this.letter(), depth + 1))
      return items
    }
    while (this.#peek() !== ']') items.push(this.value(this.letter(), depth + 1))
    this.#take(1)
    return items
  }

  #typedArray(letter: string): UbjsonValue {
    const size = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 }[letter]
    if (size === undefined) throw this.#wrong(`a list cannot be of type ${JSON.stringify(letter)}`)
    const array = newArray(letter, this.#length(size))
    for (let i = 0; i < array.length; i++) array[i] = this.#number(letter)
    return array
  }
}

function newArray(letter: string, length: number): Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array {
  switch (letter) {
    case 'i':
      return new Int8Array(length)
    case 'U':
      return new Uint8Array(length)
    case 'I':
      return new Int16Array(length)
    case 'l':
      return new Int32Array(length)
    case 'd':
      return new Float32Array(length)
    default:
      return new Float64Array(length)
  }
}
