import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { NumberScanner } from '../../columnar/text/number-scanner.ts'
import { RecordFault } from '../bad-record.ts'
import { quoteBytes } from '../quotation.ts'
import { skipSpace, textEnd } from './structure.ts'
import { unescape } from './unescape.ts'

/** Nested deeper than this a record is refused; the record itself is level 1. */
export const maxDepth = 128
/** Members that one object may have. */
export const maxMembers = 10_000

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a

/**
 * JSON as syntax, strict RFC 8259: strings, words, and values to pass over. What the syntax does not allow is a fault
 * that says what stands there. Methods take a position and answer the one behind what they read.
 */
export class JsonText {
  /** The block at hand. It is valid UTF-8, and there is a newline before `end`. */
  bytes: Uint8Array = new Uint8Array(0)
  /** The same bytes, to compare four at a time. */
  view: DataView = new DataView(new ArrayBuffer(0))
  end = 0
  /** Do the bytes of the last string stand for themselves? If not, `unescaped` has its text. */
  plain = true
  readonly unescaped = new ByteWriter(256)
  readonly numbers = new NumberScanner()
  readonly #fault = new RecordFault()
  readonly #unit: string

  /** What a record is called in reasons. */
  constructor(unit: 'line' | 'value' = 'line') {
    this.#unit = unit
  }

  load(bytes: Uint8Array, end: number): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.end = end
  }

  /** From inside a string to behind its closing quote. Sets `plain`. */
  string(start: number): number {
    const at = textEnd(this.bytes, this.view, start)
    if (this.bytes[at] === quote) {
      this.plain = true
      return at + 1
    }
    this.plain = false
    if (this.bytes[at] !== backslash) throw this.fault(`a string has ${this.found(at)} inside`)
    const end = unescape(this.unescaped, this.bytes, this.view, start)
    if (end < 0) throw this.#badEscape(-end)
    if (this.bytes[end] !== quote) throw this.fault(`a string has ${this.found(end)} inside`)
    return end + 1
  }

  /** The rest of true, false or null; the first letter was seen. */
  word(at: number, word: string): number {
    for (let k = 1; k < word.length; k++) if (this.bytes[at + k] !== word.charCodeAt(k)) throw this.wanted('a value', at)
    return at + word.length
  }

  /** A number into `numbers`. */
  number(at: number): number {
    const end = this.numbers.scan(this.bytes, at, this.end)
    if (end < 0 || !this.numbers.json) throw this.wanted('a value', at)
    return end
  }

  /** From a key's opening quote to the value behind its colon; the key is as {@link string} left it. */
  key(at: number): number {
    if (this.bytes[at] !== quote) throw this.wanted('a key', at)
    const after = skipSpace(this.bytes, this.string(at + 1))
    if (this.bytes[after] !== colon) throw this.wanted('":"', after)
    return skipSpace(this.bytes, after + 1)
  }

  /** Behind the comma between two elements or members; `close` is what else could have stood there. */
  separator(at: number, close: '"]"' | '"}"'): number {
    if (this.bytes[at] !== comma) throw this.wanted(`"," or ${close}`, at)
    return skipSpace(this.bytes, at + 1)
  }

  /** Passes over a value that nobody wants, checking that it is JSON. */
  skip(at: number, depth: number): number {
    switch (this.bytes[at]) {
      case quote:
        return this.string(at + 1)
      case 0x74:
        return this.word(at, 'true')
      case 0x66:
        return this.word(at, 'false')
      case 0x6e:
        return this.word(at, 'null')
      case 0x7b:
        return this.#skipObject(at, depth + 1)
      case 0x5b:
        return this.#skipArray(at, depth + 1)
      default:
        return this.number(at)
    }
  }

  #skipObject(start: number, depth: number): number {
    this.checkDepth(depth)
    const { bytes } = this
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === 0x7d) return at + 1
    for (let count = 1; ; count++) {
      this.checkMembers(count)
      at = skipSpace(bytes, this.skip(this.key(at), depth))
      if (bytes[at] === 0x7d) return at + 1
      at = this.separator(at, '"}"')
    }
  }

  #skipArray(start: number, depth: number): number {
    this.checkDepth(depth)
    const { bytes } = this
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === 0x5d) return at + 1
    for (;;) {
      at = skipSpace(bytes, this.skip(at, depth))
      if (bytes[at] === 0x5d) return at + 1
      at = this.separator(at, '"]"')
    }
  }

  checkDepth(depth: number): void {
    if (depth > maxDepth) throw this.fault(`it is nested deeper than ${maxDepth} levels`)
  }

  checkMembers(count: number): void {
    if (count > maxMembers) throw this.fault(`an object has more than ${maxMembers} members`)
  }

  fault(reason: string): RecordFault {
    return this.#fault.because(reason)
  }

  wanted(what: string, at: number): RecordFault {
    return this.fault(`there is ${this.found(at)} where ${what} is wanted`)
  }

  /** What stands at `at`, for a reason. */
  found(at: number): string {
    const lineEnd = this.#lineEnd(at)
    return at === lineEnd ? `the end of the ${this.#unit}` : quoteBytes(this.bytes, at, Math.min(lineEnd, at + 20))
  }

  #badEscape(at: number): RecordFault {
    const length = this.bytes[at + 1] === 0x75 ? 6 : 2
    const shown = quoteBytes(this.bytes, at, Math.min(at + length, this.#lineEnd(at)))
    return this.fault(`a string has the escape ${shown}, which stands for no character`)
  }

  #lineEnd(at: number): number {
    return this.bytes.indexOf(0x0a, at)
  }
}
