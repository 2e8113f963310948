import { readBase64 } from '../../columnar/text/base64.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { parseSpecialNumber } from '../../columnar/text/special-number.ts'
import { parseDate, parseTimestamp } from '../../columnar/text/timestamp-text.ts'
import type { RecordFault } from '../bad-record.ts'
import { quoteJson } from '../quotation.ts'
import { whyRefused } from '../refused-value.ts'
import type { FieldPlan } from './field-plan.ts'
import { JsonText } from './json-text.ts'
import { endOfObject, type KeyMemo, type KeySlot, standsAt, unknownKey } from './key-memo.ts'
import { skipSpace } from './structure.ts'

const quote = 0x22
const comma = 0x2c

/**
 * Reads one JSON object straight into column builders: no object and no string per record. A record is checked in full,
 * also where a value is not wanted, so that what is a bad record does not depend on the columns that a query happens to
 * read. (Types of unwanted values are not checked: they have none.)
 *
 * The methods take a position and answer the position behind what they read. A record that cannot be read leaves
 * the builders half filled; the caller cuts them back.
 */
export class RecordReader {
  readonly #json: JsonText
  readonly #decoded = new ByteWriter(256)
  readonly #unit: string

  /** What a record is called in reasons. */
  constructor(unit: 'line' | 'value' = 'line') {
    this.#json = new JsonText(unit)
    this.#unit = unit
  }

  /** The block that the next records stand in. It is valid UTF-8, and there is a newline before `end`. */
  load(bytes: Uint8Array, end: number): void {
    this.#json.load(bytes, end)
  }

  /**
   * Reads the record at `start` into the root's children; answers the position of its newline.
   * @throws RecordFault
   */
  read(root: FieldPlan, start: number, row: number): number {
    const json = this.#json
    const { bytes } = json
    let at = skipSpace(bytes, start)
    if (bytes[at] !== 0x7b) throw json.fault(`the ${this.#unit} is no JSON object but ${json.found(at)}`)
    at = skipSpace(bytes, this.#members(root, at + 1, row, 1))
    if (bytes[at] !== 0x0a) throw json.fault(`there is ${json.found(at)} after the object`)
    return at
  }

  /** The members of an object of the schema, from behind its opening brace to behind its closing one. */
  #members(plan: FieldPlan, start: number, row: number, depth: number): number {
    const json = this.#json
    const { bytes, view, end } = json
    const { keys, children } = plan
    let at = start
    let slot = keys.openingBrace
    let present = 0
    for (let count = 0; ; count++) {
      json.checkMembers(count)
      const guess = slot.next
      if (guess !== null && standsAt(guess, view, at, end)) {
        slot = guess
        at += guess.length
        // There may be more space than the last time.
        if (bytes[at] <= 0x20) at = skipSpace(bytes, at)
      } else {
        slot = this.#key(keys, slot, at)
        at = this.#keyEnd
      }
      const field = slot.field
      if (field === endOfObject) break
      if (field === unknownKey) {
        at = json.skip(at, depth)
        continue
      }
      const child = children[field]
      // Of two equal keys the last one counts, as for JSON.parse and Spark.
      if (child.builder.length > row) child.builder.truncate(row)
      else present++
      at = this.#value(child, at, depth)
    }
    if (present < children.length) this.#missing(children, row)
    return at
  }

  #missing(children: readonly FieldPlan[], row: number): void {
    for (const child of children) {
      if (child.builder.length > row) continue
      if (!child.nullable) throw this.#json.fault(`${child.description} is missing`)
      child.builder.appendNull()
    }
  }

  #keyEnd = 0

  /** Reads what stands between two values in full (comma, key, colon, or the closing brace) and learns it. */
  #key(keys: KeyMemo, slot: KeySlot, start: number): KeySlot {
    const json = this.#json
    const { bytes } = json
    let at = skipSpace(bytes, start)
    if (bytes[at] === 0x7d) {
      this.#keyEnd = at + 1
      return keys.learn(slot, bytes, start, at + 1, endOfObject)
    }
    if (slot !== keys.openingBrace) at = json.separator(at, '"}"')
    this.#keyEnd = json.key(at)
    // A key without escapes ends where the next quote stands.
    const field = json.plain ? keys.find(bytes, at + 1, bytes.indexOf(quote, at + 1)) : keys.find(json.unescaped.bytes, 0, json.unescaped.length)
    return keys.learn(slot, bytes, start, this.#keyEnd, field)
  }

  /** The value at `at` (no space before it) into the plan's builder. */
  #value(plan: FieldPlan, at: number, depth: number): number {
    const json = this.#json
    const { bytes } = json
    const c = bytes[at]
    if (c === 0x6e) return this.#null(plan, at)
    switch (plan.kind) {
      case 'string': {
        if (c !== quote) break
        const end = json.string(at + 1)
        if (json.plain) plan.builder.appendBytes(bytes, at + 1, end - 1)
        else plan.builder.appendBytes(json.unescaped.bytes, 0, json.unescaped.length)
        return end
      }
      case 'int32':
      case 'integer':
      case 'int64': {
        const short = this.#shortWhole(plan, at)
        return short > 0 ? short : this.#whole(plan, at)
      }
      case 'float64':
        return c === quote ? this.#specialNumber(plan, at) : this.#float64(plan, at)
      case 'boolean':
        if (c !== 0x74 && c !== 0x66) break
        plan.builder.appendBoolean(c === 0x74)
        return json.word(at, c === 0x74 ? 'true' : 'false')
      case 'timestamp': {
        // The usual length: no need to look for the end, since a value that parses has no quote inside.
        if (c === quote && bytes[at + 20] === 0x5a && bytes[at + 21] === quote) {
          const micros = parseTimestamp(bytes, at + 1, at + 21)
          if (!Number.isNaN(micros)) {
            plan.builder.appendFloat64(micros)
            return at + 22
          }
        }
        if (c === quote) return this.#encoded(plan, at)
        break
      }
      case 'date':
      case 'binary':
        if (c === quote) return this.#encoded(plan, at)
        break
      case 'array':
        if (c === 0x5b) return this.#array(plan, at, depth + 1)
        break
      case 'struct':
        if (c === 0x7b) {
          json.checkDepth(depth + 1)
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
    const end = this.#json.word(at, 'null')
    if (!plan.nullable) throw this.#json.fault(`${plan.description} is null`)
    plan.builder.appendNull()
    return end
  }

  /** Whole numbers of one to nine digits, which most are. Answers 0 when it is anything else. */
  #shortWhole(plan: FieldPlan, start: number): number {
    const { bytes } = this.#json
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

  /** Whole numbers. `1.0` and `1e2` are none, as in Spark's reader: what wrote them meant a fraction. */
  #whole(plan: FieldPlan, at: number): number {
    const { numbers, bytes, end: limit } = this.#json
    const end = numbers.scan(bytes, at, limit)
    if (end < 0 || !numbers.json || !numbers.whole) throw this.#wrong(plan, at, 0)
    const value = numbers.safeInteger()
    if (plan.kind === 'int32') {
      if (value !== (value | 0)) throw this.#wrong(plan, at, 0)
      plan.builder.appendInt32(value)
    } else if (!Number.isNaN(value)) {
      if (plan.kind === 'integer') plan.builder.appendFloat64(value)
      else plan.builder.appendInt64Of(value)
    } else {
      const exact = plan.kind === 'int64' ? numbers.int64() : undefined
      if (exact === undefined) throw this.#wrong(plan, at, 0)
      plan.builder.appendInt64(exact)
    }
    return end
  }

  #float64(plan: FieldPlan, at: number): number {
    const { numbers, bytes, end: limit } = this.#json
    const end = numbers.scan(bytes, at, limit)
    if (end < 0 || !numbers.json) throw this.#wrong(plan, at, 0)
    const value = numbers.float64()
    // A number too large for float64 would become infinite: that is no rounding any more.
    if (!Number.isFinite(value)) throw this.#wrong(plan, at, 0)
    plan.builder.appendFloat64(value)
    return end
  }

  /** NaN and the infinities, which JSON has as text only. */
  #specialNumber(plan: FieldPlan, at: number): number {
    const json = this.#json
    const end = json.string(at + 1)
    const value = json.plain ? parseSpecialNumber(json.bytes, at + 1, end - 1) : undefined
    if (value === undefined) throw this.#wrong(plan, at, 0)
    plan.builder.appendFloat64(value)
    return end
  }

  /** Types that JSON has as text: timestamp, date, and binary in base64. */
  #encoded(plan: FieldPlan, at: number): number {
    const json = this.#json
    const end = json.string(at + 1)
    const bytes = json.plain ? json.bytes : json.unescaped.bytes
    const from = json.plain ? at + 1 : 0
    const to = json.plain ? end - 1 : json.unescaped.length
    if (plan.kind === 'binary') {
      this.#decoded.clear()
      if (!readBase64(this.#decoded, bytes, from, to)) throw this.#wrong(plan, at, 0)
      plan.builder.appendBytes(this.#decoded.bytes, 0, this.#decoded.length)
    } else {
      const value = plan.kind === 'date' ? parseDate(bytes, from, to) : parseTimestamp(bytes, from, to)
      if (Number.isNaN(value)) throw this.#wrong(plan, at, 0)
      if (plan.kind === 'date') plan.builder.appendInt32(value)
      else plan.builder.appendFloat64(value)
    }
    return end
  }

  #array(plan: FieldPlan, start: number, depth: number): number {
    const json = this.#json
    const { bytes } = json
    json.checkDepth(depth)
    const [element] = plan.children
    let at = skipSpace(bytes, start + 1)
    if (bytes[at] !== 0x5d) {
      for (;;) {
        at = skipSpace(bytes, this.#value(element, at, depth))
        if (bytes[at] === 0x5d) break
        at = json.separator(at, '"]"')
      }
    }
    plan.builder.appendList()
    return at + 1
  }

  /** A dense vector: an array with exactly its number of finite numbers. */
  #vector(plan: FieldPlan, start: number, depth: number): number {
    const json = this.#json
    const { bytes, numbers } = json
    json.checkDepth(depth)
    const values = plan.numbers
    let at = skipSpace(bytes, start + 1)
    for (let k = 0; k < values.length; k++) {
      if (k > 0) {
        if (bytes[at] !== comma) throw this.#wrong(plan, start, depth)
        at = skipSpace(bytes, at + 1)
      }
      const end = numbers.scan(bytes, at, json.end)
      if (end < 0 || !numbers.json) throw this.#wrong(plan, start, depth)
      values[k] = numbers.float64()
      if (!Number.isFinite(values[k])) throw this.#wrong(plan, start, depth)
      at = skipSpace(bytes, end)
    }
    if (bytes[at] !== 0x5d) throw this.#wrong(plan, start, depth)
    plan.builder.appendVector(values)
    return at + 1
  }

  /** The fault of a value of another type; when the value is no JSON at all, that is said instead. */
  #wrong(plan: FieldPlan, at: number, depth: number): RecordFault {
    const json = this.#json
    const end = json.skip(at, depth)
    return json.fault(`${plan.description} cannot hold ${quoteJson(json.bytes, at, end)}${whyNot(plan, json.bytes, at, end)}`)
  }
}

function whyNot({ type }: FieldPlan, bytes: Uint8Array, start: number, end: number): string {
  if (bytes[start] !== quote) return whyRefused(type, ascii(bytes, start, end))
  if (type.kind === 'timestamp') return whyRefused(type, ascii(bytes, start + 1, end - 1))
  return isNumeric(type.kind) ? ': a number stands without quotes' : ''
}

function isNumeric(kind: FieldPlan['kind']): boolean {
  return kind === 'int32' || kind === 'integer' || kind === 'int64'
}

/** The beginning of the bytes as text; what could be explained is short. */
function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 100)))
}
