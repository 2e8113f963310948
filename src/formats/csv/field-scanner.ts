import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import type { RecordFault } from '../bad-record.ts'
import { quoteBytes } from '../quotation.ts'
import type { ResolvedCsvOptions } from './options.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Cuts a CSV record into fields, one call each: strict RFC 4180 on bytes. Quoted fields may hold delimiters and line
 * ends; a quote inside an unquoted field, or text after a closing quote, is a fault. A field is `source[start, end)`,
 * which is the input itself unless quotes had to be taken out.
 *
 * Written here rather than taken from udsv, which reads strings instead of bytes (so no byte positions, and a string per
 * field), makes objects of rows, and builds its row functions from source text, which this project never does.
 */
export class FieldScanner {
  source: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  quoted = false
  /** Was this the record's last field? */
  lastOfRecord = false
  /** Newlines inside of fields, counted on and on. */
  newlines = 0
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  /** 1 for the bytes that end a run of an unquoted field. */
  readonly #stops = new Uint8Array(256)
  readonly #scratch = new ByteWriter(256)
  readonly #fault: RecordFault

  constructor(options: ResolvedCsvOptions, fault: RecordFault) {
    this.#delimiter = options.delimiter.charCodeAt(0)
    this.#quote = options.quote.charCodeAt(0)
    this.#escape = options.escape.charCodeAt(0)
    this.#fault = fault
    for (const c of [this.#delimiter, this.#quote, newline]) this.#stops[c] = 1
  }

  /**
   * Reads the field at `at`; answers the position behind its delimiter or newline. The block ends at `limit`, with a
   * newline before it.
   * @throws RecordFault
   */
  next(bytes: Uint8Array, at: number, limit: number): number {
    if (bytes[at] === this.#quote) return this.#quotedField(bytes, at, limit)
    const stops = this.#stops
    let i = at
    while (stops[bytes[i]] === 0) i++
    const c = bytes[i]
    if (c === this.#quote) throw this.#fault.because(`a field without quotes has a quote inside: ${quoteBytes(bytes, at, i + 1)}`)
    this.source = bytes
    this.start = at
    this.end = c === newline && i > at && bytes[i - 1] === carriageReturn ? i - 1 : i
    this.quoted = false
    this.lastOfRecord = c === newline
    return i + 1
  }

  #quotedField(bytes: Uint8Array, at: number, limit: number): number {
    const quote = this.#quote
    const escape = this.#escape
    const out = this.#scratch
    let from = at + 1
    let i = from
    let plain = true
    for (; ; i++) {
      if (i >= limit) throw this.#fault.because('a quote is opened and never closed')
      const c = bytes[i]
      if (c === newline) this.newlines++
      if (c !== quote && c !== escape) continue
      const next = i + 1 < limit ? bytes[i + 1] : newline
      if (c === escape && (next === quote || (next === escape && escape !== quote))) {
        if (plain) out.clear()
        plain = false
        out.copy(bytes, from, i)
        out.byte(next)
        i++
        from = i + 1
      } else if (c === quote) break
    }
    if (!plain) out.copy(bytes, from, i)
    this.source = plain ? bytes : out.bytes
    this.start = plain ? from : 0
    this.end = plain ? i : out.length
    this.quoted = true
    let after = i + 1
    if (bytes[after] === carriageReturn && bytes[after + 1] === newline) after++
    this.lastOfRecord = bytes[after] === newline
    if (!this.lastOfRecord && bytes[after] !== this.#delimiter) {
      throw this.#fault.because(`there is ${quoteBytes(bytes, after, Math.min(after + 20, bytes.indexOf(newline, after)))} after a closing quote`)
    }
    return after + 1
  }
}
