import type { RecordBoundary } from '../record-blocks.ts'
import type { ResolvedCsvOptions } from './options.ts'

const newline = 0x0a

/** Where in a record the scan stands. */
const state = Object.freeze({ fieldStart: 0, unquoted: 1, quoted: 2, escaped: 3, afterQuote: 4 })

/**
 * Finds ends of CSV records: newlines outside of quotes. A quote opens a field only at its beginning, so that a stray
 * one inside a field does not swallow the lines after it. Malformed records end where a reader resumes: at the next
 * newline that no open quote covers.
 */
export class CsvBoundary implements RecordBoundary {
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  #state: number = state.fieldStart

  constructor(delimiter: number, quote: number, escape: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#escape = escape
  }

  static of(options: ResolvedCsvOptions): CsvBoundary {
    return new CsvBoundary(options.delimiter.charCodeAt(0), options.quote.charCodeAt(0), options.escape.charCodeAt(0))
  }

  reset(): void {
    this.#state = state.fieldStart
  }

  next(bytes: Uint8Array, start: number, end: number): number {
    let now = this.#state
    for (let i = start; i < end; i++) {
      const c = bytes[i]
      if (now === state.quoted) {
        if (c === this.#escape && c !== this.#quote) now = state.escaped
        else if (c === this.#quote) now = state.afterQuote
      } else if (now === state.escaped) {
        now = state.quoted
      } else if (c === newline) {
        this.#state = state.fieldStart
        return i + 1
      } else if (c === this.#delimiter) {
        now = state.fieldStart
      } else if (c === this.#quote && (now === state.fieldStart || (now === state.afterQuote && c === this.#escape))) {
        now = state.quoted
      } else if (now !== state.fieldStart || !partOfByteOrderMark(c)) {
        now = state.unquoted
      }
    }
    this.#state = now
    return -1
  }

  last(bytes: Uint8Array, start: number, end: number): number {
    const piece = bytes.subarray(start, end)
    if (!piece.includes(this.#quote)) return start + piece.lastIndexOf(newline) + 1
    this.reset()
    let at = start
    for (let next = this.next(bytes, at, end); next >= 0; next = this.next(bytes, at, end)) at = next
    return at
  }
}

/** A byte order mark before the first field does not begin it. The same bytes together begin no other field. */
function partOfByteOrderMark(c: number): boolean {
  return c === 0xef || c === 0xbb || c === 0xbf
}
