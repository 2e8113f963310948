import { makeError, type MillraceError } from '../../common/errors.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, dateType, timestampType, typeName } from '../../columnar/data-type.ts'
import { dayOfMicros, floorDiv, microsOfSeconds, microsPerSecond, secondsPerDay } from '../../columnar/text/civil.ts'
import { notExact, parseSparkDate, SparkTimestampReader } from '../../columnar/text/spark-time-text.ts'
import { maxTimeTextBytes, SparkTimeWriter } from '../../columnar/text/spark-time-writer.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { BytesReader, isNullAt, stringVector, Vector } from '../../columnar/vector.ts'
import { stringAt } from '../../columnar/values.ts'
import { type CastKernel, safe } from './cast-kernel.ts'
import { Failures } from '../failures.ts'

type Mode = 'ansi' | 'try'

/**
 * Casts between text, dates, timestamps and numbers as Spark does them under ANSI; timestamps are read, shown and cut
 * into days in the session's zone. A number is seconds since the epoch. Undefined for pairs that are not of this family
 * or are never possible (a number has no date: unix_date() and date_from_unix_date() say what is meant).
 */
export function timeCastKernel(from: DataType, to: DataType, mode: Mode): CastKernel | undefined {
  switch (`${from.kind} ${to.kind}`) {
    case 'string date':
      return stringToDate(mode)
    case 'string timestamp':
      return stringToTimestamp(mode)
    case 'date string':
      return safe(dateToString)
    case 'timestamp string':
      return safe(timestampToString)
    case 'date timestamp':
      return dateToTimestamp(mode)
    case 'timestamp date':
      return safe(timestampToDate)
    case 'int32 timestamp':
    case 'integer timestamp':
    case 'int64 timestamp':
      return wholeToTimestamp(mode)
    case 'float64 timestamp':
      return doubleToTimestamp(mode)
    case 'timestamp int32':
      return timestampToWhole(to, mode)
    case 'timestamp integer':
    case 'timestamp int64':
      return safe(timestampToWhole(to, mode))
    case 'timestamp float64':
      return safe((input, length) => new Vector(to, length, input.validity, mapFloat64(input, length, t => t / microsPerSecond)))
    default:
      return undefined
  }
}

/**
 * One parse per row, or per entry of a dictionary that has fewer entries than there are rows. `parse` answers a number
 * that is not finite for text that cannot be cast.
 */
function parseRows(
  input: Vector,
  length: number,
  out: Int32Array | Float64Array,
  parse: (bytes: Uint8Array, start: number, end: number) => number,
  failed: (i: number, value: number) => void,
): void {
  const reader = new BytesReader(input)
  const known = reader.codes !== null && (input.dictionary as Vector).length < length ? new Map<number, number>() : null
  for (let i = 0; i < length; i++) {
    if (input.validity !== null && !getBit(input.validity, i)) continue
    const at = reader.index(i)
    let value = known?.get(at)
    if (value === undefined) {
      value = parse(reader.bytes, reader.offsets[at], reader.offsets[at + 1])
      known?.set(at, value)
    }
    if (Number.isFinite(value)) out[i] = value
    else failed(i, value)
  }
}

function stringToDate(mode: Mode): CastKernel {
  return (input, length) => {
    const out = new Int32Array(length)
    const nulls = new Failures(input.validity, length)
    parseRows(input, length, out, parseSparkDate, i => {
      if (mode === 'ansi') throw notCastable(stringAt(input, i), dateType)
      nulls.add(i)
    })
    return new Vector(dateType, length, nulls.validity, out)
  }
}

function stringToTimestamp(mode: Mode): CastKernel {
  return (input, length, context) => {
    const reader = new SparkTimestampReader(requireZone(context.timeZone), context.nowMicros)
    const out = new Float64Array(length)
    const nulls = new Failures(input.validity, length)
    parseRows(input, length, out, (bytes, start, end) => reader.parse(bytes, start, end), (i, value) => {
      if (mode === 'ansi') throw value === notExact ? timestampNotExact(`"${stringAt(input, i)}"`) : notCastable(stringAt(input, i), timestampType)
      nulls.add(i)
    })
    return new Vector(timestampType, length, nulls.validity, out)
  }
}

const dateToString: CastKernel = (input, length) => {
  const days = input.values as Int32Array
  return writeRows(input, length, (writer, i) => writer.date(days[i]))
}

const timestampToString: CastKernel = (input, length, context) => {
  const zone = requireZone(context.timeZone)
  const micros = input.values as Float64Array
  return writeRows(input, length, (writer, i) => writer.localTimestamp(zone.toLocal(micros[i])))
}

function writeRows(input: Vector, length: number, write: (writer: SparkTimeWriter, i: number) => void): Vector {
  const writer = new SparkTimeWriter(length * maxTimeTextBytes)
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    if (input.validity === null || getBit(input.validity, i)) write(writer, i)
    offsets[i + 1] = writer.length
  }
  return stringVector(writer.bytes.subarray(0, writer.length), offsets, length, input.validity)
}

function dateToTimestamp(mode: Mode): CastKernel {
  return (input, length, context) => {
    const days = input.values as Int32Array
    const zone = requireZone(context.timeZone)
    const out = new Float64Array(length)
    const nulls = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      out[i] = microsOfSeconds(zone.fixed === null ? zone.startOfDay(days[i]) : days[i] * secondsPerDay - zone.fixed, 0)
      if (out[i] === out[i] || isNullAt(input, i)) continue
      if (mode === 'ansi') throw timestampNotExact(`day ${days[i]}`)
      nulls.add(i)
    }
    return new Vector(timestampType, length, nulls.validity, out)
  }
}

const timestampToDate: CastKernel = (input, length, context) => {
  return new Vector(dateType, length, input.validity, localDays(input, length, requireZone(context.timeZone)))
}

/** The local day of each timestamp; what stands at absent rows means nothing. */
export function localDays(input: Vector, length: number, zone: Zone): Int32Array {
  const micros = input.values as Float64Array
  const out = new Int32Array(length)
  if (zone.fixed === 0) for (let i = 0; i < length; i++) out[i] = dayOfMicros(micros[i])
  else for (let i = 0; i < length; i++) out[i] = dayOfMicros(zone.toLocal(micros[i]))
  return out
}

function wholeToTimestamp(mode: Mode): CastKernel {
  return (input, length) => {
    const values = input.values as Int32Array | Float64Array | BigInt64Array
    const out = new Float64Array(length)
    const nulls = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      out[i] = microsOfSeconds(Number(values[i]), 0)
      if (out[i] !== out[i] && !isNullAt(input, i)) {
        if (mode === 'ansi') throw timestampNotExact(`${values[i]} seconds`)
        nulls.add(i)
      }
    }
    return new Vector(timestampType, length, nulls.validity, out)
  }
}

function doubleToTimestamp(mode: Mode): CastKernel {
  return (input, length) => {
    const values = input.values as Float64Array
    const out = new Float64Array(length)
    const nulls = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      const micros = Math.trunc(values[i] * microsPerSecond) + 0
      out[i] = micros
      if (Math.abs(micros) < 2 ** 63 || isNullAt(input, i)) continue
      if (mode === 'ansi') throw Number.isFinite(values[i]) ? castOverflow(String(values[i]), input.type, timestampType) : notCastable(String(values[i]), timestampType)
      nulls.add(i)
    }
    return new Vector(timestampType, length, nulls.validity, out)
  }
}

/** Whole seconds, rounded down. */
function timestampToWhole(to: DataType, mode: Mode): CastKernel {
  return (input, length) => {
    const micros = input.values as Float64Array
    const seconds = mapFloat64(input, length, t => floorDiv(t, microsPerSecond))
    if (to.kind === 'integer') return new Vector(to, length, input.validity, seconds)
    if (to.kind === 'int64') {
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) if (Number.isFinite(seconds[i])) out[i] = BigInt(seconds[i])
      return new Vector(to, length, input.validity, out)
    }
    const out = new Int32Array(length)
    const nulls = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      out[i] = seconds[i]
      if (out[i] === seconds[i] || isNullAt(input, i)) continue
      if (mode === 'ansi') throw castOverflow(`${micros[i]} microseconds`, timestampType, to)
      nulls.add(i)
    }
    return new Vector(to, length, nulls.validity, out)
  }
}

function mapFloat64(input: Vector, length: number, f: (x: number) => number): Float64Array {
  const values = input.values as Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = f(values[i])
  return out
}

function notCastable(text: string, to: DataType): MillraceError {
  return makeError('EXPR_CAST_INVALID_INPUT', `The text "${text}" is no ${typeName(to)}. Correct the data, or use tryCast() to get null instead.`, {
    context: { text, to: typeName(to) },
  })
}

function castOverflow(value: string, from: DataType, to: DataType): MillraceError {
  return makeError('EXPR_CAST_OVERFLOW', `The ${typeName(from)} ${value} is beyond the type ${typeName(to)}. Use tryCast() to get null instead.`, {
    context: { value, from: typeName(from), to: typeName(to) },
  })
}

export function timestampNotExact(what: string): MillraceError {
  return makeError(
    'EXPR_TIMESTAMP_NOT_EXACT',
    `The timestamp of ${what} cannot be held to the microsecond: outside the years 1684 to 2255 only whole seconds, and the fractions float64 can hold, are exact. Round it to seconds first.`,
    { context: { what } },
  )
}
