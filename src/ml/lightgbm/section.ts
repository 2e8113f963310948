/** `key=value` lines that belong together. */
export class Section {
  readonly name: string
  readonly #values = new Map<string, string>()
  readonly #fail: (what: string) => Error

  constructor(name: string, fail: (what: string) => Error) {
    this.name = name
    this.#fail = fail
  }

  wrong(what: string): Error {
    return this.#fail(`${this.name} ${what}`)
  }

  /** A line without `=` is a key alone. */
  add(line: string): void {
    const at = line.indexOf('=')
    if (at < 0) this.#values.set(line, '')
    else this.#values.set(line.slice(0, at), line.slice(at + 1))
  }

  find(key: string): string | undefined {
    return this.#values.get(key)
  }

  get(key: string): string {
    const value = this.#values.get(key)
    if (value === undefined) throw this.wrong(`has no "${key}"`)
    return value
  }

  /** A whole number from 0 to `max`. */
  count(key: string, max: number, otherwise?: number): number {
    const text = this.find(key)
    if (text === undefined && otherwise !== undefined) return otherwise
    const n = Number(this.get(key))
    if (!Number.isInteger(n) || n < 0 || n > max || text === '') throw this.wrong(`has ${JSON.stringify(text?.slice(0, 20))} as "${key}", which is not a whole number from 0 to ${max}`)
    return n
  }

  /** Whole numbers of 32 bits, signed or not. */
  ints(key: string, length: number): Int32Array {
    const out = new Int32Array(length)
    this.#each(key, length, (token, i) => {
      const n = Number(token)
      if (!Number.isInteger(n) || n < -2_147_483_648 || n > 4_294_967_295) throw this.wrong(`has ${JSON.stringify(token.slice(0, 20))} in "${key}", which is not a whole number`)
      out[i] = n | 0
    })
    return out
  }

  floats(key: string, length: number): Float64Array {
    const out = new Float64Array(length)
    this.#each(key, length, (token, i) => {
      out[i] = numberOf(token)
      if (Number.isNaN(out[i]) && !/^-?nan$/i.test(token)) throw this.wrong(`has ${JSON.stringify(token.slice(0, 20))} in "${key}", which is not a number`)
    })
    return out
  }

  /** One token after the other, so that a line made to be long does not become a list that is longer. */
  #each(key: string, length: number, take: (token: string, i: number) => void): void {
    const text = this.get(key)
    let found = 0
    for (let at = 0; at < text.length;) {
      const space = text.indexOf(' ', at)
      const end = space < 0 ? text.length : space
      if (end > at) {
        if (found === length) throw this.wrong(`has more than ${length} numbers in "${key}"`)
        take(text.slice(at, end), found++)
      }
      at = end + 1
    }
    if (found !== length) throw this.wrong(`has ${found} numbers in "${key}" instead of ${length}`)
  }
}

/** C writes the infinities as `inf`, which JavaScript does not read. */
function numberOf(token: string): number {
  const n = Number(token)
  if (!Number.isNaN(n)) return n
  return /^\+?inf(inity)?$/i.test(token) ? Infinity : /^-inf(inity)?$/i.test(token) ? -Infinity : NaN
}
