const encoder = new TextEncoder()

/**
 * A growing byte buffer that text is printed into. `bytes` and `length` are public because the printers of numbers and
 * dates write digits straight into the buffer after {@link reserve}.
 */
export class ByteWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes room for `more` bytes after `length`. */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const n = end - start
    this.reserve(n)
    const { bytes, length } = this
    // Below about 128 bytes a loop beats the view and the call into the runtime.
    if (n < 128) for (let k = 0; k < n; k++) bytes[length + k] = source[start + k]
    else bytes.set(source.subarray(start, end), length)
    this.length += n
  }

  /** Text as UTF-8. */
  text(value: string): void {
    this.reserve(value.length * 3)
    this.length += encoder.encodeInto(value, this.bytes.subarray(this.length)).written
  }

  clear(): void {
    this.length = 0
  }

  /** What was written, copied so that it belongs to the caller; the writer starts anew. */
  take(): Uint8Array {
    const out = this.bytes.slice(0, this.length)
    this.length = 0
    return out
  }
}
