import { arrayType, booleanType, type DataType, dateType, field, float64Type, int64Type, integerType, stringType, structType, timestampType } from '../columnar/data-type.ts'
import { type NumberScanner } from '../columnar/text/number-scanner.ts'
import { parseDate, parseTimestamp } from '../columnar/text/timestamp-text.ts'
import { makeError, type MillraceError } from '../common/errors.ts'

/**
 * What was seen of a value's type so far. `null`: nothing but nulls. `huge`: whole numbers beyond 64 bits, which no type
 * holds exactly. `mixed`: values that have no type in common.
 */
export type Guess =
  | { readonly kind: 'null' | 'boolean' | 'integer' | 'int64' | 'huge' | 'float64' | 'string' | 'timestamp' | 'date' | 'mixed' }
  | { readonly kind: 'array'; readonly element: Guess }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Guess> }

export const noGuess: Guess = Object.freeze({ kind: 'null' })

/** The type that holds the values of both. */
export function mergeGuesses(a: Guess, b: Guess): Guess {
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (a.kind === 'array' && b.kind === 'array') return { kind: 'array', element: mergeGuesses(a.element, b.element) }
  if (a.kind === 'struct' && b.kind === 'struct') {
    const fields = new Map(a.fields)
    for (const [name, guess] of b.fields) fields.set(name, mergeGuesses(fields.get(name) ?? noGuess, guess))
    return { kind: 'struct', fields }
  }
  if (a.kind === b.kind) return a
  const joined = joins.get(`${a.kind} ${b.kind}`) ?? joins.get(`${b.kind} ${a.kind}`)
  return { kind: joined ?? 'mixed' }
}

/** Pairs of different kinds that have a kind in common. int64 and float64 have none: one of them would be rounded. */
const joins: ReadonlyMap<string, 'int64' | 'float64' | 'timestamp' | 'string'> = new Map([
  ['integer int64', 'int64'],
  ['integer float64', 'float64'],
  ['date timestamp', 'timestamp'],
  ['date string', 'string'],
  ['timestamp string', 'string'],
] as const)

/** The guess for a number that the scanner has just read. */
export function guessNumber(scanner: NumberScanner): Guess {
  if (!scanner.whole) return { kind: Number.isFinite(scanner.float64()) ? 'float64' : 'huge' }
  if (!Number.isNaN(scanner.safeInteger())) return { kind: 'integer' }
  return { kind: scanner.int64() === undefined ? 'huge' : 'int64' }
}

/** The guess for text: a date, an instant, or just text. */
export function guessText(bytes: Uint8Array, start: number, end: number): Guess {
  if (!Number.isNaN(parseDate(bytes, start, end))) return { kind: 'date' }
  if (!Number.isNaN(parseTimestamp(bytes, start, end))) return { kind: 'timestamp' }
  return { kind: 'string' }
}

/**
 * The column type of a guess. Where only nulls were seen it is string, as in Spark.
 * @throws AnalysisError FORMAT_SCHEMA_UNKNOWN for mixed and huge values; `path` names the column
 */
export function typeOfGuess(guess: Guess, path: string, origin: string): DataType {
  switch (guess.kind) {
    case 'null':
    case 'string':
      return stringType
    case 'boolean':
      return booleanType
    case 'integer':
      return integerType
    case 'int64':
      return int64Type
    case 'float64':
      return float64Type
    case 'timestamp':
      return timestampType
    case 'date':
      return dateType
    case 'array':
      return arrayType(typeOfGuess(guess.element, `${path}[]`, origin))
    case 'struct':
      return structType([...guess.fields].map(([name, inner]) => field(name, typeOfGuess(inner, `${path}.${name}`, origin))))
    case 'huge':
      throw unknownSchema(origin, `column "${path}" has numbers that no type holds exactly`)
    case 'mixed':
      throw unknownSchema(origin, `column "${path}" has values of different types`)
  }
}

export function unknownSchema(origin: string, reason: string): MillraceError {
  return makeError('FORMAT_SCHEMA_UNKNOWN', `The schema of "${origin}" cannot be told from its beginning: ${reason}. Give a schema.`, {
    context: { origin, reason },
  })
}

/** The sample up to its last newline: what follows may be cut. A sample of one line is taken as it is, with a newline. */
export function wholeLines(sample: Uint8Array): Uint8Array {
  const end = sample.lastIndexOf(0x0a) + 1
  if (end > 0) return sample.subarray(0, end)
  const line = new Uint8Array(sample.length + 1)
  line.set(sample)
  line[sample.length] = 0x0a
  return line
}
