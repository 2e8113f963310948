/** Where records end. Stateful within one record, so that a record in many pieces is looked at once. */
export interface RecordBoundary {
  /**
   * The position after the end of the record at hand, or -1 when it goes on behind `end`. A call continues where the
   * last one that answered -1 stopped; after an answer the next call begins a new record.
   */
  next(bytes: Uint8Array, start: number, end: number): number
  /** The position after the last complete record of `bytes[start, end)`, which begins with a record; `start` if there is none. */
  last(bytes: Uint8Array, start: number, end: number): number
  /** Forgets a record in progress. */
  reset(): void
}

/** Takes the records that {@link RecordBlocks} cuts. Offsets count bytes of the whole input. */
export interface RecordSink {
  /** Whole records, one after the other; the last one ends with a newline, which may be ours. The bytes are lent. */
  records(bytes: Uint8Array, start: number, end: number, offset: number): void
  /** A record longer than the limit: its first bytes, and where it begins. The rest is passed over. */
  tooLong(head: Uint8Array, length: number, offset: number): void
}

const newline = 0x0a

/**
 * Turns pieces of any size into blocks of whole records. Records inside a piece are handed on in place; only what is
 * cut by the end of a piece is copied, never more than the limit, so that memory stays bounded by one record.
 */
export class RecordBlocks {
  readonly #boundary: RecordBoundary
  readonly #limit: number
  readonly #sink: RecordSink
  #carry = new Uint8Array(1024)
  #carried = 0
  /** Passing over the rest of a record that is too long. */
  #discarding = false
  /** Bytes of the input before the carried ones. */
  #offset = 0

  constructor(boundary: RecordBoundary, maxRecordBytes: number, sink: RecordSink) {
    this.#boundary = boundary
    this.#limit = maxRecordBytes
    this.#sink = sink
  }

  push(bytes: Uint8Array): void {
    let at = 0
    if (this.#carried > 0 || this.#discarding) {
      const end = this.#boundary.next(bytes, 0, bytes.length)
      this.#keep(bytes, 0, end < 0 ? bytes.length : end)
      if (end < 0) return
      this.#flush()
      at = end
    }
    const last = this.#boundary.last(bytes, at, bytes.length)
    if (last > at) {
      const offset = this.#offset
      this.#offset += last - at
      this.#sink.records(bytes, at, last, offset)
    }
    if (last < bytes.length) {
      this.#boundary.reset()
      this.#boundary.next(bytes, last, bytes.length)
      this.#keep(bytes, last, bytes.length)
    }
  }

  /** The input is over: hands on a last record that has no newline. */
  end(): void {
    if (this.#carried === 0 && !this.#discarding) return
    this.#append(Uint8Array.of(newline), 0, 1)
    this.#flush()
    this.#boundary.reset()
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#discarding) {
      this.#offset += end - start
      return
    }
    // One byte more than the limit, for the newline.
    const room = this.#limit + 1 - this.#carried
    if (end - start <= room) {
      this.#append(bytes, start, end)
      return
    }
    this.#append(bytes, start, start + room)
    this.#sink.tooLong(this.#carry, this.#limit, this.#offset)
    this.#offset += this.#carried + (end - start - room)
    this.#carried = 0
    this.#discarding = true
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2))
      grown.set(this.#carry.subarray(0, this.#carried))
      this.#carry = grown
    }
    this.#carry.set(bytes.subarray(start, end), this.#carried)
    this.#carried = needed
  }

  #flush(): void {
    const length = this.#carried
    const offset = this.#offset
    const discarded = this.#discarding
    this.#discarding = false
    this.#carried = 0
    this.#offset += length
    if (!discarded) this.#sink.records(this.#carry, 0, length, offset)
  }
}

/** Lines: a record ends with a line feed. */
export const lineBoundary: RecordBoundary = Object.freeze({
  next: (bytes: Uint8Array, start: number, end: number): number => {
    const at = bytes.indexOf(newline, start)
    return at < 0 || at >= end ? -1 : at + 1
  },
  last: (bytes: Uint8Array, start: number, end: number): number => {
    const at = end === start ? -1 : bytes.lastIndexOf(newline, end - 1)
    return at < start ? start : at + 1
  },
  reset: () => undefined,
})
