/** An array as a document of numbers has it: parsed JSON, or the typed arrays of UBJSON. */
type NumberArray = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array

/**
 * One place in a parsed document (JSON or UBJSON) that comes from somebody else. Every access checks what is there and
 * otherwise throws what `fail` builds, naming the path; own properties only, so a document cannot reach a prototype.
 */
export class DocumentPart {
  readonly value: unknown
  readonly path: string
  readonly #fail: (what: string) => Error

  constructor(value: unknown, path: string, fail: (what: string) => Error) {
    this.value = value
    this.path = path
    this.#fail = fail
  }

  /** The error for something wrong at this place. */
  wrong(what: string): Error {
    return this.#fail(`${this.path === '' ? 'its content' : `"${this.path}"`} ${what}`)
  }

  get(key: string): DocumentPart {
    const part = this.find(key)
    if (part === undefined) throw this.wrong(`has no "${key}"`)
    return part
  }

  /** Undefined where the key is absent or null. */
  find(key: string): DocumentPart | undefined {
    const value = this.value
    if (!isObject(value)) throw this.wrong('is not an object')
    if (!Object.hasOwn(value, key)) return undefined
    const found = (value as { readonly [key: string]: unknown })[key]
    if (found === null || found === undefined) return undefined
    return new DocumentPart(found, this.path === '' ? key : `${this.path}.${key}`, this.#fail)
  }

  keys(): string[] {
    if (!isObject(this.value)) throw this.wrong('is not an object')
    return Object.keys(this.value)
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.wrong('is not text')
    return this.value
  }

  /** A finite number, or text that is one: several formats quote their numbers. */
  number(): number {
    const value = typeof this.value === 'string' && this.value.trim() !== '' ? Number(this.value) : this.value
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong('is not a number')
    return value
  }

  /** A whole number from 0 to `max`, or text that is one. */
  count(max = Number.MAX_SAFE_INTEGER): number {
    const n = this.number()
    if (!Number.isInteger(n) || n < 0 || n > max) throw this.wrong(`is ${n}, which is not a whole number from 0 to ${max}`)
    return n
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.wrong('is neither true nor false')
    return this.value
  }

  list(): DocumentPart[] {
    if (!Array.isArray(this.value)) throw this.wrong('is not a list')
    return this.value.map((item, i) => new DocumentPart(item, `${this.path}[${i}]`, this.#fail))
  }

  texts(): string[] {
    return this.list().map(part => part.text())
  }

  get isList(): boolean {
    return Array.isArray(this.value) || isNumberArray(this.value)
  }

  /** Whole numbers; booleans count as 0 and 1. Unsigned 32-bit values wrap round to negative ones. */
  int32s(length?: number): Int32Array {
    const items = this.#numbers(length)
    const out = new Int32Array(items.length)
    for (let i = 0; i < items.length; i++) {
      const item = Number(items[i])
      if (!Number.isInteger(item) || item < -2_147_483_648 || item > 4_294_967_295) throw this.wrong(`has no whole number at position ${i}`)
      out[i] = item | 0
    }
    return out
  }

  /** Numbers rounded to 32-bit floats; null is NaN. */
  float32s(length?: number): Float32Array {
    const items = this.#numbers(length)
    const out = new Float32Array(items.length)
    for (let i = 0; i < items.length; i++) out[i] = numberIn(items[i])
    return out
  }

  /** Numbers; null is NaN. */
  float64s(length?: number): Float64Array {
    const items = this.#numbers(length)
    const out = new Float64Array(items.length)
    for (let i = 0; i < items.length; i++) out[i] = numberIn(items[i])
    return out
  }

  #numbers(length: number | undefined): ArrayLike<unknown> {
    const value = this.value
    if (!isNumberArray(value)) {
      if (!Array.isArray(value)) throw this.wrong('is not a list of numbers')
      for (let i = 0; i < value.length; i++) {
        const item: unknown = value[i]
        if (typeof item !== 'number' && typeof item !== 'boolean' && item !== null) throw this.wrong(`has no number at position ${i}`)
      }
    }
    if (length !== undefined && value.length !== length) throw this.wrong(`has ${value.length} entries instead of ${length}`)
    return value
  }
}

function numberIn(item: unknown): number {
  return item === null ? NaN : Number(item)
}

function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
