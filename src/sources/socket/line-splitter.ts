/** Cuts a stream of bytes into lines at line feeds; a carriage return before one is left out. */
export class LineSplitter {
  readonly #maxBytes: number
  #rest: Uint8Array[] = []
  #restBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that the bytes complete, or undefined when one is longer than allowed. The bytes may be reused afterwards. */
  push(bytes: Uint8Array): Uint8Array[] | undefined {
    const lines: Uint8Array[] = []
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      const line = this.#complete(bytes.subarray(start, end))
      if (line.length > this.#maxBytes) return undefined
      lines.push(line)
      start = end + 1
    }
    if (start < bytes.length) {
      this.#rest.push(bytes.slice(start))
      this.#restBytes += bytes.length - start
    }
    return this.#restBytes > this.#maxBytes ? undefined : lines
  }

  /** What stands behind the last line feed: a line that the other side ended by closing. */
  end(): Uint8Array[] {
    return this.#restBytes === 0 ? [] : [this.#complete(new Uint8Array())]
  }

  #complete(last: Uint8Array): Uint8Array {
    const whole = Buffer.concat([...this.#rest, last])
    this.#rest = []
    this.#restBytes = 0
    return whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole
  }
}
