import { getBit, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { binaryType, type DataType } from '../../columnar/data-type.ts'
import { isTrimmed, notANumber, parseDouble } from '../../columnar/text/java-double.ts'
import { booleanVector, BytesReader, isNullAt, plainStrings, retype, Vector } from '../../columnar/vector.ts'
import type { CastKernel } from './cast-kernel.ts'
import { Failures } from '../failures.ts'
import { castInvalidInput, castOverflow } from './cast-errors.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Casts from text. The whole text must be a value, with whitespace around it allowed. */
export function stringCastKernel(to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  switch (to.kind) {
    case 'int32':
    case 'integer':
      return stringToWhole(to, mode)
    case 'int64':
      return stringToBigint(to, mode)
    case 'float64':
      return stringToDouble(to, mode)
    case 'boolean':
      return stringToBoolean(to, mode)
    case 'binary':
      return safeStringToBinary
    default:
      return undefined
  }
}

const safeStringToBinary: CastKernel = input => retype(plainStrings(input), binaryType)
safeStringToBinary.safe = true

function invalid(reader: BytesReader, i: number, from: DataType, to: DataType): Error {
  return castInvalidInput(decoder.decode(reader.bytes.subarray(reader.start(i), reader.end(i))), from, to)
}

/** What {@link parseWhole} answers for text that is no whole number. */
const notWhole = NaN

/** A whole number with an optional sign; exact up to 2^53, above that only known to be above. */
function parseWhole(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isTrimmed(bytes[start])) start++
  while (end > start && isTrimmed(bytes[end - 1])) end--
  const negative = bytes[start] === 45
  if (start < end && (negative || bytes[start] === 43)) start++
  if (start === end) return notWhole
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return notWhole
    value = value * 10 + digit
  }
  return negative ? 0 - value : value
}

function stringToWhole(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  const isInt = to.kind === 'int32'
  return (input, length) => {
    const reader = new BytesReader(input)
    const out = isInt ? new Int32Array(length) : new Float64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) continue
      const value = parseWhole(reader.bytes, reader.start(i), reader.end(i))
      if (isInt ? value === (value | 0) : Number.isSafeInteger(value)) out[i] = value
      else if (mode === 'try') failures.add(i)
      // Text beyond an int is invalid input, but an `integer` ends before the bigint that its text may well be.
      else if (!isInt && Math.abs(value) < 2 ** 63) throw castOverflow(value, input.type, to)
      else throw invalid(reader, i, input.type, to)
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function stringToBigint(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  return (input, length) => {
    const reader = new BytesReader(input)
    const out = new BigInt64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) continue
      const value = parseWhole(reader.bytes, reader.start(i), reader.end(i))
      if (Number.isSafeInteger(value)) {
        out[i] = BigInt(value)
        continue
      }
      const exact = Number.isNaN(value) ? null : BigInt(decoder.decode(reader.bytes.subarray(reader.start(i), reader.end(i))).trim().replace('+', ''))
      if (exact !== null && BigInt.asIntN(64, exact) === exact) out[i] = exact
      else if (mode === 'try') failures.add(i)
      else throw invalid(reader, i, input.type, to)
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function stringToDouble(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  return (input, length) => {
    const reader = new BytesReader(input)
    const out = new Float64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) continue
      const value = parseDouble(reader.bytes, reader.start(i), reader.end(i))
      if (value !== notANumber) out[i] = value
      else if (mode === 'try') failures.add(i)
      else throw invalid(reader, i, input.type, to)
    }
    return new Vector(to, length, failures.validity, out)
  }
}

const booleanWords: ReadonlyMap<string, boolean> = new Map([
  ['t', true], ['true', true], ['y', true], ['yes', true], ['1', true],
  ['f', false], ['false', false], ['n', false], ['no', false], ['0', false],
])

/** The truth value of a word as casts read it: t, true, y, yes, 1 and their opposites, in any case. */
function parseBoolean(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  while (start < end && isTrimmed(bytes[start])) start++
  while (end > start && isTrimmed(bytes[end - 1])) end--
  if (end - start > 5) return undefined
  let word = ''
  for (let i = start; i < end; i++) word += String.fromCharCode(bytes[i] >= 65 && bytes[i] <= 90 ? bytes[i] + 32 : bytes[i])
  return booleanWords.get(word)
}

function stringToBoolean(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  return (input, length) => {
    const reader = new BytesReader(input)
    const bits = newBitmap(length, false)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (input.validity !== null && !getBit(input.validity, i)) continue
      const value = parseBoolean(reader.bytes, reader.start(i), reader.end(i))
      if (value === true) setBit(bits, i)
      else if (value === undefined) {
        if (mode === 'ansi') throw invalid(reader, i, input.type, to)
        failures.add(i)
      }
    }
    return booleanVector(bits, length, failures.validity)
  }
}
