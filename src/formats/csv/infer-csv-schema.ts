import { field, stringType } from '../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { NumberScanner } from '../../columnar/text/number-scanner.ts'
import { parseSpecialNumber } from '../../columnar/text/special-number.ts'
import { RecordFault } from '../bad-record.ts'
import { type Guess, guessNumber, guessText, mergeGuesses, noGuess, typeOfGuess, unknownSchema, wholeLines } from '../guess.ts'
import { lineBoundary } from '../record-blocks.ts'
import { CsvBoundary } from './csv-boundary.ts'
import { FieldScanner } from './field-scanner.ts'
import type { ResolvedCsvOptions } from './options.ts'

/**
 * Guesses a schema from the beginning of an input. Names come from the header, else from `columns`, else they are
 * `_c0`, `_c1` …, as in Spark. A column whose fields have no type in common is text; so are digits with zeros before
 * them, since they name something rather than count it.
 * @throws AnalysisError FORMAT_SCHEMA_UNKNOWN when there is no record
 */
export function inferCsvSchema(sample: Uint8Array, origin: string, options: ResolvedCsvOptions): Schema {
  const whole = wholeLines(sample)
  const bytes = whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole
  const boundary = options.multiLine ? CsvBoundary.of(options) : lineBoundary
  const reader = new FieldGuesser(options)
  const names: string[] = options.header ? [] : [...(options.columns ?? [])]
  const guesses: Guess[] = []
  let needsHeader = options.header
  let records = 0
  for (let at = 0; at < bytes.length; ) {
    const end = boundary.next(bytes, at, bytes.length)
    // A quote that is still open: the record is cut, or faulty.
    if (end < 0) break
    const empty = end - at === 1 || (end - at === 2 && bytes[at] === 0x0d)
    if (!empty && needsHeader) {
      if (!reader.names(bytes, at, end, names)) throw unknownSchema(origin, 'its header cannot be read')
      needsHeader = false
    } else if (!empty && reader.record(bytes, at, end, guesses)) {
      records++
    }
    at = end
  }
  if (names.length === 0 && records === 0) throw unknownSchema(origin, 'it has no record')
  const count = options.header || options.columns !== undefined ? names.length : guesses.length
  return makeSchema(
    Array.from({ length: count }, (_, k) => {
      const guess = guesses[k] ?? noGuess
      const name = names[k] ?? `_c${k}`
      return field(name, guess.kind === 'mixed' || guess.kind === 'huge' ? stringType : typeOfGuess(guess, name, origin))
    }),
  )
}

class FieldGuesser {
  readonly #scanner: FieldScanner
  readonly #numbers = new NumberScanner()
  readonly #nullValue: string
  readonly #decoder = new TextDecoder()

  constructor(options: ResolvedCsvOptions) {
    this.#scanner = new FieldScanner(options, new RecordFault())
    this.#nullValue = options.nullValue
  }

  /** Merges what the record's fields look like; false, and nothing merged, for a faulty record. */
  record(bytes: Uint8Array, start: number, end: number, guesses: Guess[]): boolean {
    const found: Guess[] = []
    if (!this.#fields(bytes, start, end, () => found.push(this.#guess()))) return false
    found.forEach((guess, k) => {
      guesses[k] = mergeGuesses(guesses[k] ?? noGuess, guess)
    })
    return true
  }

  names(bytes: Uint8Array, start: number, end: number, names: string[]): boolean {
    return this.#fields(bytes, start, end, () => names.push(this.#text()))
  }

  #fields(bytes: Uint8Array, start: number, end: number, take: () => void): boolean {
    try {
      let at = start
      do {
        at = this.#scanner.next(bytes, at, end)
        take()
      } while (!this.#scanner.lastOfRecord)
      return true
    } catch (fault) {
      if (fault instanceof RecordFault) return false
      throw fault
    }
  }

  #text(): string {
    return this.#decoder.decode(this.#scanner.source.subarray(this.#scanner.start, this.#scanner.end))
  }

  #guess(): Guess {
    const { source, start, end, quoted } = this.#scanner
    const text = this.#text()
    // As for the decoder: empty quotes are null in every column that is not text.
    if (quoted ? text === '' : text === this.#nullValue) return noGuess
    if (this.#numbers.scan(source, start, end) === end) return this.#numbers.json ? guessNumber(this.#numbers) : { kind: 'string' }
    if (parseSpecialNumber(source, start, end) !== undefined) return { kind: 'float64' }
    if (/^(true|false)$/i.test(text)) return { kind: 'boolean' }
    return guessText(source, start, end)
  }
}
