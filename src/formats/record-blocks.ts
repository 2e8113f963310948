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

/** Takes the records that {@link RecordBlocks} cuts. Offsets count bytes of the whole input. The bytes are lent. */
export interface RecordSink {
  /**
   * Whole records, one after the other; the last one ends with a newline, which may be ours. Answers the position up to
   * which they were dealt with: `end`, or the place where a new record begins in the middle of a faulty one.
   */
  records(bytes: Uint8Array, start: number, end: number, offset: number): number
  /**
   * A record longer than the limit: its first bytes, and where it begins. Answers the position in them where a new
   * record begins, or {@link restOfRecord} to pass over it as a whole.
   */
  tooLong(head: Uint8Array, length: number, offset: number): number
}

export const restOfRecord = -1

const newline = 0x0a
/** Pieces are worked on in steps of this size, so that what is looked at twice after a fault stays small. */
const stepBytes = 1024 * 1024

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
  #offset: number

  constructor(boundary: RecordBoundary, maxRecordBytes: number, sink: RecordSink, firstByte = 0) {
    this.#boundary = boundary
    this.#limit = maxRecordBytes
    this.#sink = sink
    this.#offset = firstByte
  }

  push(piece: Uint8Array): void {
    // Node's Buffer is a subclass, and loops over bytes are fastest when they see one class only.
    const bytes = piece.constructor === Uint8Array ? piece : new Uint8Array(piece.buffer, piece.byteOffset, piece.length)
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + stepBytes)
      at = this.#carried > 0 || this.#discarding ? this.#continue(bytes, at, end) : this.#begin(bytes, at, end)
    }
  }

  /** Goes on with the record that an earlier piece began; answers the position up to which the piece was dealt with. */
  #continue(bytes: Uint8Array, start: number, end: number): number {
    const next = this.#boundary.next(bytes, start, end)
    const kept = this.#keep(bytes, start, next < 0 ? end : next)
    if (kept === next) this.#flush()
    return kept
  }

  /** Hands on the whole records that begin at `start` and keeps what the last newline leaves. */
  #begin(bytes: Uint8Array, start: number, end: number): number {
    const last = this.#boundary.last(bytes, start, end)
    if (last > start) {
      const done = this.#sink.records(bytes, start, last, this.#offset)
      this.#offset += done - start
      if (done < last) return done
    }
    if (last === end) return end
    this.#boundary.reset()
    this.#boundary.next(bytes, last, end)
    return this.#keep(bytes, last, end)
  }

  /** The input is over: hands on a last record that has no newline. */
  end(): void {
    while (this.#carried > 0 || this.#discarding) {
      if (this.#carried > 0 && this.#carry[this.#carried - 1] !== newline) this.#append(Uint8Array.of(newline), 0, 1)
      this.#flush()
    }
    this.#boundary.reset()
  }

  /** Keeps `bytes[start, end)` of the record at hand; answers the position up to which they were dealt with. */
  #keep(bytes: Uint8Array, start: number, end: number): number {
    if (this.#discarding) {
      this.#offset += end - start
      return end
    }
    // Two bytes more than the limit, for the end of the line.
    const room = this.#limit + 2 - this.#carried
    if (end - start <= room) {
      this.#append(bytes, start, end)
      return end
    }
    this.#append(bytes, start, start + room)
    const length = this.#carried
    const next = this.#sink.tooLong(this.#carry, length, this.#offset)
    this.#carried = 0
    if (next === restOfRecord) {
      this.#offset += length + (end - start - room)
      this.#discarding = true
      return end
    }
    this.#again(next, length)
    return start + room
  }

  /** A new record begins inside of what was kept: it is read as if it had just come. */
  #again(next: number, length: number): void {
    this.#offset += next
    this.#boundary.reset()
    this.push(this.#carry.slice(next, length))
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
    const discarded = this.#discarding
    this.#discarding = false
    this.#carried = 0
    if (discarded) return
    const done = this.#sink.records(this.#carry, 0, length, this.#offset)
    if (done < length) this.#again(done, length)
    else this.#offset += length
  }
}

/** Lines: a record ends with a line feed. Views, because a search would not stop at `end`. */
export const lineBoundary: RecordBoundary = Object.freeze({
  next: (bytes: Uint8Array, start: number, end: number): number => {
    const at = bytes.subarray(start, end).indexOf(newline)
    return at < 0 ? -1 : start + at + 1
  },
  last: (bytes: Uint8Array, start: number, end: number): number => start + bytes.subarray(start, end).lastIndexOf(newline) + 1,
  reset: () => undefined,
})
