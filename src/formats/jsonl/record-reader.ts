import { readBase64 } from '../../columnar/text/base64.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { NumberScanner } from '../../columnar/text/number-scanner.ts'
import { parseSpecialNumber } from '../../columnar/text/special-number.ts'
import { parseDate, parseTimestamp } from '../../columnar/text/timestamp-text.ts'
import { quoteBytes, RecordFault } from '../bad-record.ts'
import type { FieldPlan } from './field-plan.ts'
import { endOfObject, type KeyMemo, type KeySlot, standsAt, unknownKey } from './key-memo.ts'
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
 * Reads one JSON object straight into column builders: no object and no string per record. Strict RFC 8259; a record
 * is checked in full, also where a value is not wanted, so that what is a bad record does not depend on the columns
 * that a query happens to read. (Types of unwanted values are not checked: they have none.)
 *
 * The methods take a position and answer the position behind what they read. A record that cannot be read leaves
 * the builders half filled; the caller cuts them back.
 */
export class RecordReader {
  readonly #fault = new RecordFault()
  readonly #scanner = new NumberScanner()
  readonly #scratch = new ByteWriter(256)
  #bytes: Uint8Array = new Uint8Array(0)
  /** The same bytes, to compare four at a time. */
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** End of the block; there is a newline before it. */
  #end = 0

  /** The block that the next records stand in. It is valid UTF-8 and ends with a newline. */
  load(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = end
  }

  /**
   * Reads the record at `start` into the root's children; answers the position of its newline.
   * @throws RecordFault
   */
  read(root: FieldPlan, start: number, row: number): number {
    let at = skipSpace(this.#bytes, start)
    if (this.#bytes[at] !== 0x7b) throw this.#fault.because(`the line is no JSON object but ${this.#found(at)}`)
    at = skipSpace(this.#bytes, this.#members(root, at + 1, row, 1))
    if (this.#bytes[at] !== 0x0a) throw this.#fault.because(`there is ${this.#found(at)} after the object`)
    return at
  }

  /** The members of an object of the schema, from behind its opening brace to behind its closing one. */
  #members(plan: FieldPlan, start: number, row: number, depth: number): number {
    const bytes = this.#bytes
    const { keys, children } = plan
    const view = this.#view
    const end = this.#end
    let at = start
    let slot = keys.openingBrace
    let present = 0
    for (let count = 0; ; count++) {
      if (count > maxMembers) throw this.#fault.because(`an object has more than ${maxMembers} members`)
      const guess = slot.next
      if (guess !== null && standsAt(guess, view, at, end)) {
        slot = guess
        at += guess.length
      } else {
        slot = this.#key(keys, slot, at, count === 0)
        at = this.#keyEnd
      }
      const field = slot.field
      if (field === endOfObject) break
      if (field === unknownKey) {
        at = this.#skip(at, depth)
        continue
      }
      const child = children[field]
      // Of two equal keys the last one counts, as for JSON.parse and Spark.
      if (child.builder.length > row) child.builder.truncate(row)
      else present++
      at = this.#value(child, at, depth)
    }
    if (present < children.length) {
      for (const child of children) {
        if (child.builder.length > row) continue
        if (!child.nullable) throw this.#fault.because(`${child.description} is missing`)
        child.builder.appendNull()
      }
    }
    return at
  }

  #keyEnd = 0

  /** Reads what stands between two values in full (comma, key, colon, or the closing brace) and learns it. */
  #key(keys: KeyMemo, slot: KeySlot, start: number, first: boolean): KeySlot {
    const bytes = this.#bytes
    let at = skipSpace(bytes, start)
    if (bytes[at] === 0x7d) {
      this.#keyEnd = at + 1
      return keys.learn(slot, bytes, start, at + 1, endOfObject)
    }
    if (!first) {
      if (bytes[at] !== comma) throw this.#fault.because(`there is ${this.#found(at)} where "," or "}" is wanted`)
      at = skipSpace(bytes, at + 1)
    }
    if (bytes[at] !== quote) throw this.#fault.because(`there is ${this.#found(at)} where a key is wanted`)
    const nameStart = at + 1
    at = this.#text(nameStart)
    const plain = this.#plain
    const field = plain ? keys.find(bytes, nameStart, at - 1) : keys.find(this.#scratch.bytes, 0, this.#scratch.length)
    at = skipSpace(bytes, at)
    if (bytes[at] !== colon) throw this.#fault.because(`there is ${this.#found(at)} where ":" is wanted`)
    at = skipSpace(bytes, at + 1)
    this.#keyEnd = at
    return keys.learn(slot, bytes, start, at, field)
  }

  /** The value at `at` (no space before it) into the plan's builder. */
  #value(plan: FieldPlan, at: number, depth: number): number {
    const bytes = this.#bytes
    const c = bytes[at]
    if (c === 0x6e) return this.#null(plan, at)
    switch (plan.kind) {
      case 'string': {
        if (c !== quote) break
        const end = this.#text(at + 1)
        if (this.#plain) plan.builder.appendBytes(bytes, at + 1, end - 1)
        else plan.builder.appendBytes(this.#scratch.bytes, 0, this.#scratch.length)
        return end
      }
      case 'int32':
      case 'integer':
      case 'int64':
        return this.#whole(plan, at)
      case 'float64':
        return this.#float64(plan, at)
      case 'boolean':
        if (c === 0x74) {
          plan.builder.appendBoolean(true)
          return this.#word(at, 'true')
        }
        if (c === 0x66) {
          plan.builder.appendBoolean(false)
          return this.#word(at, 'false')
        }
        break
      case 'timestamp':
      case 'date': {
        if (c !== quote) break
        if (plan.kind === 'timestamp' && bytes[at + 20] === 0x5a && bytes[at + 21] === quote) {
          // The usual length: no need to look for the end, since a value that parses has no quote inside.
          const value = parseTimestamp(bytes, at + 1, at + 21)
          if (value === value) {
            plan.builder.appendFloat64(value)
            return at + 22
          }
        }
        const end = this.#text(at + 1)
        const text = this.#plain ? bytes : this.#scratch.bytes
        const from = this.#plain ? at + 1 : 0
        const to = this.#plain ? end - 1 : this.#scratch.length
        const value = plan.kind === 'date' ? parseDate(text, from, to) : parseTimestamp(text, from, to)
        if (value !== value) break
        if (plan.kind === 'date') plan.builder.appendInt32(value)
        else plan.builder.appendFloat64(value)
        return end
      }
      case 'binary': {
        if (c !== quote) break
        const end = this.#text(at + 1)
        // Base64 has no character that needs escaping, except that a slash may be.
        const source = this.#plain ? bytes : this.#scratch.bytes.slice(0, this.#scratch.length)
        const from = this.#plain ? at + 1 : 0
        const to = this.#plain ? end - 1 : source.length
        this.#scratch.clear()
        if (!readBase64(this.#scratch, source, from, to)) break
        plan.builder.appendBytes(this.#scratch.bytes, 0, this.#scratch.length)
        return end
      }
      case 'array':
        if (c === 0x5b) return this.#array(plan, at, depth + 1)
        break
      case 'struct':
        if (c === 0x7b) {
          this.#deeper(depth + 1)
          const end = this.#members(plan, at + 1, plan.builder.length, depth + 1)
          plan.builder.appendStruct()
          return end
        }
        break
      case 'vector':
        if (c === 0x5b) return this.#vector(plan, at, depth + 1)
        break
      case 'null':
        break
    }
    throw this.#wrong(plan, at, depth)
  }

  #null(plan: FieldPlan, at: number): number {
    const end = this.#word(at, 'null')
    if (!plan.nullable) throw this.#fault.because(`${plan.description} is null`)
    plan.builder.appendNull()
    return end
  }

  /** Whole numbers. `1.0` and `1e2` are none, as in Spark's reader: what wrote them meant a fraction. */
  #whole(plan: FieldPlan, at: number): number {
    const short = this.#shortWhole(plan, at)
    if (short > 0) return short
    const scanner = this.#scanner
    const end = scanner.scan(this.#bytes, at, this.#end)
    if (end < 0 || !scanner.json || !scanner.whole) throw this.#wrong(plan, at, 0)
    const value = scanner.safeInteger()
    switch (plan.kind) {
      case 'int32':
        if (value !== (value | 0)) throw this.#wrong(plan, at, 0)
        plan.builder.appendInt32(value)
        break
      case 'integer':
        if (value !== value) throw this.#wrong(plan, at, 0)
        plan.builder.appendFloat64(value)
        break
      default: {
        if (value === value) {
          plan.builder.appendInt64Of(value)
          break
        }
        const exact = scanner.int64()
        if (exact === undefined) throw this.#wrong(plan, at, 0)
        plan.builder.appendInt64(exact)
      }
    }
    return end
  }

  /** The usual case: one to nine digits. Answers 0 when the number is any other. */
  #shortWhole(plan: FieldPlan, start: number): number {
    const bytes = this.#bytes
    const negative = bytes[start] === 0x2d
    const first = negative ? start + 1 : start
    let at = first
    let value = 0
    let digit = bytes[at] - 0x30
    while (digit >= 0 && digit <= 9 && at - first < 10) {
      value = value * 10 + digit
      digit = bytes[++at] - 0x30
    }
    const digits = at - first
    if (digits === 0 || digits > 9 || (digits > 1 && bytes[first] === 0x30)) return 0
    const next = bytes[at]
    if (next === 0x2e || next === 0x65 || next === 0x45) return 0
    if (negative) value = 0 - value
    if (plan.kind === 'int32') plan.builder.appendInt32(value)
    else if (plan.kind === 'integer') plan.builder.appendFloat64(value)
    else plan.builder.appendInt64Of(value)
    return at
  }

  #float64(plan: FieldPlan, at: number): number {
    if (this.#bytes[at] === quote) {
      const end = this.#text(at + 1)
      const value = this.#plain ? parseSpecialNumber(this.#bytes, at + 1, end - 1) : undefined
      if (value === undefined) throw this.#wrong(plan, at, 0)
      plan.builder.appendFloat64(value)
      return end
    }
    const end = this.#scanner.scan(this.#bytes, at, this.#end)
    if (end < 0 || !this.#scanner.json) throw this.#wrong(plan, at, 0)
    const value = this.#scanner.float64()
    // A number too large for float64 would become infinite: that is no rounding any more.
    if (!Number.isFinite(value)) throw this.#wrong(plan, at, 0)
    plan.builder.appendFloat64(value)
    return end
  }

  #array(plan: FieldPlan, start: number, depth: number): number {
    this.#deeper(depth)
    const bytes = this.#bytes
    const element = plan.children[0]
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] !== 0x5d) {
      for (;;) {
        at = skipSpace(bytes, this.#value(element, at, depth))
        if (bytes[at] === 0x5d) break
        at = this.#separator(at)
      }
    }
    plan.builder.appendList()
    return at + 1
  }

  /** A dense vector: an array with exactly its number of finite numbers. */
  #vector(plan: FieldPlan, start: number, depth: number): number {
    this.#deeper(depth)
    const bytes = this.#bytes
    const { numbers } = plan
    let at = skipSpace(bytes, start + 1)
    for (let k = 0; k < numbers.length; k++) {
      const end = this.#scanner.scan(bytes, at, this.#end)
      if (end < 0 || !this.#scanner.json) throw this.#wrong(plan, start, depth)
      numbers[k] = this.#scanner.float64()
      if (!Number.isFinite(numbers[k])) throw this.#wrong(plan, start, depth)
      at = skipSpace(bytes, end)
      if (k < numbers.length - 1) {
        if (bytes[at] !== comma) throw this.#wrong(plan, start, depth)
        at = skipSpace(bytes, at + 1)
      }
    }
    if (bytes[at] !== 0x5d) throw this.#wrong(plan, start, depth)
    plan.builder.appendVector(numbers)
    return at + 1
  }

  /** Behind the comma between two elements. */
  #separator(at: number): number {
    if (this.#bytes[at] !== comma) throw this.#fault.because(`there is ${this.#found(at)} where "," or "]" is wanted`)
    return skipSpace(this.#bytes, at + 1)
  }

  #plain = true

  /**
   * From inside a string to behind its closing quote. Sets #plain when the bytes stand for themselves; otherwise the
   * unescaped text is in #scratch.
   */
  #text(start: number): number {
    const bytes = this.#bytes
    const at = textEnd(bytes, this.#view, start)
    if (bytes[at] === quote) {
      this.#plain = true
      return at + 1
    }
    this.#plain = false
    if (bytes[at] !== backslash) throw this.#fault.because(`a string has ${this.#found(at)} inside`)
    const end = unescape(this.#scratch, bytes, this.#view, start)
    if (end < 0) throw this.#badEscape(-end)
    if (bytes[end] !== quote) throw this.#fault.because(`a string has ${this.#found(end)} inside`)
    return end + 1
  }

  /** Passes over a value that nobody wants, checking that it is JSON. */
  #skip(at: number, depth: number): number {
    const bytes = this.#bytes
    switch (bytes[at]) {
      case quote:
        return this.#text(at + 1)
      case 0x74:
        return this.#word(at, 'true')
      case 0x66:
        return this.#word(at, 'false')
      case 0x6e:
        return this.#word(at, 'null')
      case 0x7b:
        return this.#skipObject(at, depth + 1)
      case 0x5b:
        return this.#skipArray(at, depth + 1)
      default: {
        const end = this.#scanner.scan(bytes, at, this.#end)
        if (end < 0 || !this.#scanner.json) throw this.#fault.because(`there is ${this.#found(at)} where a value is wanted`)
        return end
      }
    }
  }

  #skipObject(start: number, depth: number): number {
    this.#deeper(depth)
    const bytes = this.#bytes
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === 0x7d) return at + 1
    for (let count = 1; ; count++) {
      if (count > maxMembers) throw this.#fault.because(`an object has more than ${maxMembers} members`)
      if (bytes[at] !== quote) throw this.#fault.because(`there is ${this.#found(at)} where a key is wanted`)
      at = skipSpace(bytes, this.#text(at + 1))
      if (bytes[at] !== colon) throw this.#fault.because(`there is ${this.#found(at)} where ":" is wanted`)
      at = skipSpace(bytes, this.#skip(skipSpace(bytes, at + 1), depth))
      if (bytes[at] === 0x7d) return at + 1
      if (bytes[at] !== comma) throw this.#fault.because(`there is ${this.#found(at)} where "," or "}" is wanted`)
      at = skipSpace(bytes, at + 1)
    }
  }

  #skipArray(start: number, depth: number): number {
    this.#deeper(depth)
    const bytes = this.#bytes
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] === 0x5d) return at + 1
    for (;;) {
      at = skipSpace(bytes, this.#skip(at, depth))
      if (bytes[at] === 0x5d) return at + 1
      at = this.#separator(at)
    }
  }

  #deeper(depth: number): void {
    if (depth > maxDepth) throw this.#fault.because(`it is nested deeper than ${maxDepth} levels`)
  }

  #word(at: number, word: string): number {
    for (let k = 1; k < word.length; k++) {
      if (this.#bytes[at + k] !== word.charCodeAt(k)) throw this.#fault.because(`there is ${this.#found(at)} where a value is wanted`)
    }
    return at + word.length
  }

  /** The fault of a value of another type; when the value is no JSON at all, that is said instead. */
  #wrong(plan: FieldPlan, at: number, depth: number): RecordFault {
    const end = this.#skip(at, depth)
    return this.#fault.because(`${plan.description} cannot hold ${quoteBytes(this.#bytes, at, end)}`)
  }

  #badEscape(at: number): RecordFault {
    const length = this.#bytes[at + 1] === 0x75 ? 6 : 2
    const shown = quoteBytes(this.#bytes, at, Math.min(at + length, this.#lineEnd(at)))
    return this.#fault.because(`a string has the escape ${shown}, which stands for no character`)
  }

  #lineEnd(at: number): number {
    return this.#bytes.indexOf(0x0a, at)
  }

  #found(at: number): string {
    const lineEnd = this.#lineEnd(at)
    return at === lineEnd ? 'the end of the line' : quoteBytes(this.#bytes, at, Math.min(lineEnd, at + 20))
  }
}
