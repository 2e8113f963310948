import { assertNever } from '../../common/assert.ts'
import type { VectorBuilder } from '../builder.ts'
import type { DataType } from '../data-type.ts'
import { readBase64 } from './base64.ts'
import { ByteWriter } from './byte-writer.ts'
import { NumberScanner } from './number-scanner.ts'
import { parseSpecialNumber } from './special-number.ts'
import { parseDate, parseTimestamp } from './timestamp-text.ts'

/**
 * Reads values of any column type that has a text of its own from bytes: what a CSV field holds. Exact or refused.
 * Numbers may have a plus sign and leading zeros; no space around them. Booleans are `true` and `false` in any case.
 * Binary is base64.
 */
export class TextReader {
  readonly #scanner = new NumberScanner()
  readonly #scratch = new ByteWriter(64)

  /** Appends the value of `bytes[start, end)`; false, and nothing appended, when the type has no such value. */
  append(builder: VectorBuilder, bytes: Uint8Array, start: number, end: number): boolean {
    const type = builder.type
    switch (type.kind) {
      case 'string':
        builder.appendBytes(bytes, start, end)
        return true
      case 'int32':
      case 'integer':
      case 'int64':
        return this.#whole(builder, bytes, start, end)
      case 'float64':
        return this.#float64(builder, bytes, start, end)
      case 'boolean':
        if (isWord(bytes, start, end, 'true')) builder.appendBoolean(true)
        else if (isWord(bytes, start, end, 'false')) builder.appendBoolean(false)
        else return false
        return true
      case 'timestamp': {
        const micros = parseTimestamp(bytes, start, end)
        if (Number.isNaN(micros)) return false
        builder.appendFloat64(micros)
        return true
      }
      case 'date': {
        const days = parseDate(bytes, start, end)
        if (Number.isNaN(days)) return false
        builder.appendInt32(days)
        return true
      }
      case 'binary':
        this.#scratch.clear()
        if (!readBase64(this.#scratch, bytes, start, end)) return false
        builder.appendBytes(this.#scratch.bytes, 0, this.#scratch.length)
        return true
      case 'array':
      case 'struct':
      case 'vector':
      case 'null':
        return false
      default:
        return assertNever(type, 'type')
    }
  }

  #whole(builder: VectorBuilder, bytes: Uint8Array, start: number, end: number): boolean {
    const scanner = this.#scanner
    if (scanner.scan(bytes, start, end) !== end || !scanner.whole) return false
    const value = scanner.safeInteger()
    switch (builder.type.kind) {
      case 'int32':
        if (value !== (value | 0)) return false
        builder.appendInt32(value)
        return true
      case 'integer':
        if (Number.isNaN(value)) return false
        builder.appendFloat64(value)
        return true
      default: {
        if (!Number.isNaN(value)) {
          builder.appendInt64Of(value)
          return true
        }
        const exact = scanner.int64()
        if (exact === undefined) return false
        builder.appendInt64(exact)
        return true
      }
    }
  }

  #float64(builder: VectorBuilder, bytes: Uint8Array, start: number, end: number): boolean {
    let value: number | undefined
    if (this.#scanner.scan(bytes, start, end) === end) {
      value = this.#scanner.float64()
      // Too large for float64: becoming infinite is no rounding any more.
      if (!Number.isFinite(value)) return false
    } else {
      value = parseSpecialNumber(bytes, start, end)
      if (value === undefined) return false
    }
    builder.appendFloat64(value)
    return true
  }
}

/** Column types that {@link TextReader} reads. */
export function hasText(type: DataType): boolean {
  return type.kind !== 'array' && type.kind !== 'struct' && type.kind !== 'vector' && type.kind !== 'null'
}

function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false
  for (let k = 0; k < word.length; k++) if ((bytes[start + k] | 0x20) !== word.charCodeAt(k)) return false
  return true
}
