import { daysFromCivil, floorDiv, isValidDate, microsOfSeconds, microsPerDay, microsPerSecond, secondsPerDay } from './civil.ts'
import { type Zone, zoneOf } from './zone.ts'

/**
 * Dates and timestamps in text, as Spark's casts read them: `2024`, `2024-1`, `2024-1-5`, followed by `T` or
 * a space and `h`, `h:m`, `h:m:s`, a fraction and a zone; surrounding white space is ignored. Works on bytes.
 */
const decoder = new TextDecoder()

/** The largest day number of an int32 column, either sign. */
const maxDays = 2_147_483_647

function isBlank(byte: number): boolean {
  return byte <= 0x20 || byte === 0x7f
}

function trimmedStart(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isBlank(bytes[start])) start++
  return start
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && isBlank(bytes[end - 1])) end--
  return end
}

/**
 * Days since 1970-01-01 of the text, NaN when it is no date. After a full `yyyy-m-d` anything may follow a space or a
 * `T`: a timestamp's text is a date's text too.
 */
export function parseSparkDate(bytes: Uint8Array, start: number, end: number): number {
  let j = trimmedStart(bytes, start, end)
  const stop = trimmedEnd(bytes, j, end)
  if (j === stop) return NaN
  let sign = 1
  if (bytes[j] === minus || bytes[j] === plus) {
    if (bytes[j] === minus) sign = -1
    j++
  }
  let segment = 0
  let value = 0
  let digits = 0
  let year = 1
  let month = 1
  for (; j < stop; j++) {
    const byte = bytes[j]
    if (byte === space || byte === letterT) break
    if (segment < 2 && byte === minus) {
      if (!dateDigits(segment, digits, 7)) return NaN
      if (segment === 0) year = value
      else month = value
      value = digits = 0
      segment++
    } else {
      const digit = byte - zero
      if (digit < 0 || digit > 9) return NaN
      value = value * 10 + digit
      digits++
    }
  }
  if (!dateDigits(segment, digits, 7) || (segment < 2 && j < stop)) return NaN
  const day = segment === 2 ? value : 1
  if (segment === 0) year = value
  else if (segment === 1) month = value
  year *= sign
  if (!isValidDate(year, month, day)) return NaN
  const days = daysFromCivil(year, month, day)
  return Math.abs(days) > maxDays ? NaN : days
}

function dateDigits(segment: number, digits: number, maxYear: number): boolean {
  return segment === 0 ? digits >= 4 && digits <= maxYear : digits > 0 && digits <= 2
}

const zero = 48
const plus = 43
const minus = 45
const colon = 58
const dot = 46
const space = 32
const letterT = 84
const letterZ = 90

/** What a text that is no timestamp gives. */
export const notATime = NaN
/** What a timestamp gives that float64 cannot hold to the microsecond (beyond the years 1684 to 2255). */
export const notExact = Infinity

/** Reads timestamps; one reader per batch holds the zone and the clock that incomplete texts refer to. */
export class SparkTimestampReader {
  readonly #zone: Zone
  readonly #nowMicros: number
  readonly #fields = new Int32Array(7)

  constructor(zone: Zone, nowMicros: number) {
    this.#zone = zone
    this.#nowMicros = nowMicros
  }

  /** Microseconds since the epoch, {@link notATime} or {@link notExact}. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    const first = trimmedStart(bytes, start, end)
    const stop = trimmedEnd(bytes, first, end)
    if (first === stop) return notATime
    const fields = this.#fields
    fields.fill(0)
    fields[1] = fields[2] = 1
    let j = first
    let sign = 0
    if (bytes[j] === minus || bytes[j] === plus) {
      sign = bytes[j] === minus ? -1 : 1
      j++
    }
    let segment = 0
    let value = 0
    let digits = 0
    let timeOnly = false
    let zoneAt = -1
    for (; j < stop && zoneAt < 0; j++) {
      const byte = bytes[j]
      const digit = byte - zero
      if (digit >= 0 && digit <= 9) {
        // Digits beyond microseconds are cut off.
        if (segment !== 6 || digits < 6) value = value * 10 + digit
        digits++
        if (digits > 6 && segment < 6) return notATime
        continue
      }
      if (byte === letterT && j === start && j === first) {
        timeOnly = true
        segment = 3
        continue
      }
      if (segment === 0 && byte === colon && sign === 0) {
        if (!segmentDigits(3, digits)) return notATime
        timeOnly = true
        fields[3] = value
        segment = 4
        value = digits = 0
        continue
      }
      if (!segmentDigits(segment, digits)) return notATime
      fields[segment] = segment === 6 ? microsOf(value, digits) : value
      if (segment < 2) {
        if (byte !== minus) return notATime
        segment++
      } else if (segment === 2) {
        if (byte !== space && byte !== letterT) return notATime
        segment = 3
      } else if (segment < 5) {
        if (byte !== colon) return notATime
        segment++
      } else if (segment === 5 && byte === dot) segment = 6
      else zoneAt = j
      value = digits = 0
    }
    if (zoneAt < 0) {
      if (!segmentDigits(segment, digits)) return notATime
      fields[segment] = segment === 6 ? microsOf(value, digits) : value
    }
    return this.#assemble(bytes, zoneAt, stop, sign, timeOnly)
  }

  #assemble(bytes: Uint8Array, zoneAt: number, stop: number, sign: number, timeOnly: boolean): number {
    const [year, month, day, hour, minute, second, micros] = this.#fields
    if (hour > 23 || minute > 59 || second > 59) return notATime
    let zone = this.#zone
    let offset: number | undefined
    if (zoneAt >= 0) {
      offset = shortOffset(bytes, zoneAt, stop)
      if (offset === undefined) {
        const found = zoneOf(decoder.decode(bytes.subarray(zoneAt, stop)).trim())
        if (found === undefined) return notATime
        zone = found
      }
    }
    let days: number
    if (timeOnly) {
      days = floorDiv(offset === undefined ? zone.toLocal(this.#nowMicros) : this.#nowMicros + offset * microsPerSecond, microsPerDay)
    } else {
      const signed = sign < 0 ? -year : year
      if (!isValidDate(signed, month, day)) return notATime
      days = daysFromCivil(signed, month, day)
    }
    const local = days * secondsPerDay + hour * 3600 + minute * 60 + second
    const instant = local - (offset ?? zone.offsetOfLocal(local))
    const result = microsOfSeconds(instant, micros)
    return result !== result ? notExact : result
  }
}

function segmentDigits(segment: number, digits: number): boolean {
  if (segment === 6) return true
  return dateDigits(segment, digits, 6)
}

/** A fraction of `digits` digits, of which `value` holds at most six, in microseconds. */
function microsOf(value: number, digits: number): number {
  for (let k = digits; k < 6; k++) value *= 10
  return value
}

/** Seconds of `Z` and `+hh:mm`, the suffixes nearly every text has; undefined for all others. */
function shortOffset(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start === 1 && bytes[start] === letterZ) return 0
  if (end - start !== 6 || bytes[start + 3] !== colon || (bytes[start] !== plus && bytes[start] !== minus)) return undefined
  const hours = (bytes[start + 1] - zero) * 10 + bytes[start + 2] - zero
  const minutes = (bytes[start + 4] - zero) * 10 + bytes[start + 5] - zero
  for (const at of [1, 2, 4, 5]) if (bytes[start + at] < zero || bytes[start + at] > zero + 9) return undefined
  const seconds = hours * 3600 + minutes * 60
  return minutes > 59 || seconds > 18 * 3600 ? undefined : bytes[start] === minus ? 0 - seconds : seconds
}
