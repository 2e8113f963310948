import { isUtf8 } from 'node:buffer'
import { field } from '../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { NumberScanner } from '../../columnar/text/number-scanner.ts'
import { type Guess, guessNumber, guessText, mergeGuesses, noGuess, typeOfGuess, unknownSchema, wholeLines } from '../guess.ts'
import { maxDepth } from './json-text.ts'
import { skipSpace, textEnd } from './structure.ts'
import { unescape } from './unescape.ts'

const newline = 0x0a

/**
 * Guesses a schema from the beginning of an input: columns in the order in which they first appear, all of them
 * nullable. Whole numbers are `integer`, beyond 2^53 `int64`; text that is a date or an instant in every record is
 * `date` or `timestamp`. Lines that are no JSON are left to the decoder to complain about.
 * @throws AnalysisError FORMAT_SCHEMA_UNKNOWN when there is no record, or a column's values have no type in common
 */
export function inferJsonlSchema(sample: Uint8Array, origin: string): Schema {
  const guesses = guessJsonlColumns(sample)
  if (guesses === undefined) throw unknownSchema(origin, 'it has no record')
  return makeSchema([...guesses].map(([name, guess]) => field(name, typeOfGuess(guess, name, origin))))
}

/** What the values of each column look like, columns in the order in which they first appear; undefined when there is no record. */
export function guessJsonlColumns(sample: Uint8Array): ReadonlyMap<string, Guess> | undefined {
  const bytes = wholeLines(sample)
  const guesser = new ValueGuesser(bytes)
  let guess: Guess = noGuess
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (; at < bytes.length; at = bytes.indexOf(newline, at) + 1) {
    const record = guesser.record(at)
    if (record !== undefined) guess = mergeGuesses(guess, record)
  }
  return guess.kind === 'struct' ? guess.fields : undefined
}

/** Reads JSON values for their types only. A fault ends the record: its methods answer undefined from there on. */
class ValueGuesser {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #scanner = new NumberScanner()
  readonly #scratch = new ByteWriter(64)
  readonly #decoder = new TextDecoder()
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The guess for the record on the line at `start`; undefined when there is none, or no valid one. */
  record(start: number): Guess | undefined {
    const lineEnd = this.#bytes.indexOf(newline, start)
    if (!isUtf8(this.#bytes.subarray(start, lineEnd))) return undefined
    this.#at = start
    if (this.#peek() !== 0x7b) return undefined
    const guess = this.#value(1)
    return guess !== undefined && this.#peek() === newline ? guess : undefined
  }

  /** The next byte that is no space. */
  #peek(): number {
    this.#at = skipSpace(this.#bytes, this.#at)
    return this.#bytes[this.#at]
  }

  #value(depth: number): Guess | undefined {
    switch (this.#peek()) {
      case 0x22:
        return this.#text() ? guessText(this.#scratch.bytes, 0, this.#scratch.length) : undefined
      case 0x7b:
        return depth > maxDepth ? undefined : this.#struct(depth)
      case 0x5b:
        return depth > maxDepth ? undefined : this.#array(depth)
      case 0x74:
        return this.#word('true', { kind: 'boolean' })
      case 0x66:
        return this.#word('false', { kind: 'boolean' })
      case 0x6e:
        return this.#word('null', noGuess)
      default: {
        const end = this.#scanner.scan(this.#bytes, this.#at, this.#bytes.length)
        if (end < 0 || !this.#scanner.json) return undefined
        this.#at = end
        return guessNumber(this.#scanner)
      }
    }
  }

  #struct(depth: number): Guess | undefined {
    const fields = new Map<string, Guess>()
    this.#at++
    if (this.#peek() !== 0x7d) {
      for (;;) {
        if (this.#peek() !== 0x22 || !this.#text()) return undefined
        const name = this.#decoder.decode(this.#scratch.bytes.subarray(0, this.#scratch.length))
        if (this.#peek() !== 0x3a) return undefined
        this.#at++
        const guess = this.#value(depth + 1)
        if (guess === undefined) return undefined
        fields.set(name, guess)
        const next = this.#peek()
        if (next === 0x7d) break
        if (next !== 0x2c) return undefined
        this.#at++
      }
    }
    this.#at++
    return { kind: 'struct', fields }
  }

  #array(depth: number): Guess | undefined {
    let element: Guess = noGuess
    this.#at++
    if (this.#peek() !== 0x5d) {
      for (;;) {
        const guess = this.#value(depth + 1)
        if (guess === undefined) return undefined
        element = mergeGuesses(element, guess)
        const next = this.#peek()
        if (next === 0x5d) break
        if (next !== 0x2c) return undefined
        this.#at++
      }
    }
    this.#at++
    return { kind: 'array', element }
  }

  /** The string at hand, unescaped into #scratch. */
  #text(): boolean {
    const start = this.#at + 1
    let end = textEnd(this.#bytes, this.#view, start)
    if (this.#bytes[end] === 0x22) {
      this.#scratch.clear()
      this.#scratch.copy(this.#bytes, start, end)
    } else {
      end = unescape(this.#scratch, this.#bytes, this.#view, start)
    }
    this.#at = end + 1
    return end > 0 && this.#bytes[end] === 0x22
  }

  #word(word: string, guess: Guess): Guess | undefined {
    for (let k = 0; k < word.length; k++) if (this.#bytes[this.#at + k] !== word.charCodeAt(k)) return undefined
    this.#at += word.length
    return guess
  }
}
