import type { ByteWriter } from './byte-writer.ts'

/** Days from 1970-01-01 of a date in the Gregorian calendar; proleptic, as in ISO 8601 and Spark. */
export function daysOfDate(year: number, month: number, day: number): number {
  // Years start in March here, so that the leap day is the last day of a year.
  const y = month <= 2 ? year - 1 : year
  const era = y >= 0 ? (y / 400) | 0 : Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = ((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 | 0) + day - 1
  const dayOfEra = yearOfEra * 365 + (yearOfEra >> 2) - (yearOfEra / 100 | 0) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/**
 * Days from 1970-01-01 of `yyyy-MM-dd`, NaN for anything else: other lengths, days that do not exist. Four digits of
 * year, so from 0000 to 9999.
 */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10) return Number.NaN
  const days = datePart(bytes, start)
  return days === noDate ? Number.NaN : days
}

/**
 * Microseconds since the epoch of an ISO-8601 instant, NaN for anything else.
 *
 *     2013-01-01T10:00:00Z   2013-01-01 10:00   2013-01-01T10:00:00.123456+05:30   2013-01-01
 *
 * Without a zone the time is UTC, without a time it is midnight. The separator is `T` or a space, offsets are `+hh`,
 * `+hhmm` or `+hh:mm` up to 18 hours. One to nine digits of a second are read; those below a microsecond are cut off,
 * as Spark does. Refused: hour 24, second 60, names of zones, and whatever lies beyond ±2^53 microseconds, since it
 * could not be held exactly.
 */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length < 10) return Number.NaN
  const days = datePart(bytes, start)
  if (days === noDate) return Number.NaN
  if (length === 10) return inRange(days * 86_400e6)
  const separator = bytes[start + 10]
  if ((separator !== 0x54 && separator !== 0x20) || length < 16 || bytes[start + 13] !== 0x3a) return Number.NaN
  const hour = twoDigits(bytes, start + 11)
  const minute = twoDigits(bytes, start + 14)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return Number.NaN
  let at = start + 16
  let seconds = (hour * 60 + minute) * 60
  let micros = 0
  if (at < end && bytes[at] === 0x3a) {
    if (end - at < 3) return Number.NaN
    const second = twoDigits(bytes, at + 1)
    if (second < 0 || second > 59) return Number.NaN
    seconds += second
    at += 3
    if (at < end && bytes[at] === 0x2e) {
      const first = ++at
      let unit = 100_000
      for (; at < end; at++) {
        const digit = bytes[at] - 0x30
        if (digit < 0 || digit > 9) break
        micros += digit * unit
        unit = (unit / 10) | 0
      }
      if (at === first || at - first > 9) return Number.NaN
    }
  }
  if (at < end) {
    const offset = zoneOffset(bytes, at, end)
    if (offset === noOffset) return Number.NaN
    seconds -= offset * 60
  }
  return inRange((days * 86_400 + seconds) * 1e6 + micros)
}

function inRange(micros: number): number {
  return Math.abs(micros) <= Number.MAX_SAFE_INTEGER ? micros : Number.NaN
}

const noOffset = 0x7fff
const noDate = -0x8000_0000

/** Minutes east of Greenwich of `Z`, `+hh`, `+hhmm`, `+hh:mm`, noOffset for anything else. */
function zoneOffset(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at]
  const length = end - at
  if (sign === 0x5a) return length === 1 ? 0 : noOffset
  if (sign !== 0x2b && sign !== 0x2d) return noOffset
  if (length !== 3 && length !== 5 && length !== 6) return noOffset
  if (length === 6 && bytes[at + 3] !== 0x3a) return noOffset
  const hours = twoDigits(bytes, at + 1)
  const minutes = length === 3 ? 0 : twoDigits(bytes, end - 2)
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 18 * 60) return noOffset
  return sign === 0x2d ? -(hours * 60 + minutes) : hours * 60 + minutes
}

/** Value of two digits, -1 when there are none. Whole numbers throughout, so that nothing becomes a float here. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - 0x30
  const ones = bytes[at + 1] - 0x30
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones
}

const monthDays = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

/** Days of the ten bytes `yyyy-MM-dd`, noDate when they are no date. */
function datePart(bytes: Uint8Array, at: number): number {
  const century = twoDigits(bytes, at)
  const yearOfCentury = twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const day = twoDigits(bytes, at + 8)
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return noDate
  if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return noDate
  const year = century * 100 + yearOfCentury
  const leap = month === 2 && (year & 3) === 0 && (yearOfCentury !== 0 || (century & 3) === 0)
  if (day > monthDays[month] + (leap ? 1 : 0)) return noDate
  return daysOfDate(year, month, day)
}

/** Writes `yyyy-MM-dd` of a day number; years beyond four digits get a sign and six, as ISO 8601 asks. */
export function writeDate(out: ByteWriter, days: number): void {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  out.reserve(24)
  if (year >= 0 && year <= 9999) {
    padded(out, year, 4)
  } else {
    out.bytes[out.length++] = year < 0 ? 0x2d : 0x2b
    padded(out, Math.abs(year), Math.abs(year) > 999_999 ? 7 : 6)
  }
  out.bytes[out.length++] = 0x2d
  padded(out, month, 2)
  out.bytes[out.length++] = 0x2d
  padded(out, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1, 2)
}

/**
 * Writes an instant as `2013-01-01T10:00:00Z`, with `.mmm` or `.mmmmmm` before the Z only where they are not zero.
 * `micros` is a whole number within ±2^53.
 */
export function writeTimestamp(out: ByteWriter, micros: number): void {
  const days = Math.floor(micros / 86_400e6)
  writeDate(out, days)
  let rest = micros - days * 86_400e6
  out.reserve(24)
  const hour = Math.floor(rest / 3600e6)
  rest -= hour * 3600e6
  const minute = Math.floor(rest / 60e6)
  rest -= minute * 60e6
  const second = Math.floor(rest / 1e6)
  const fraction = rest - second * 1e6
  out.bytes[out.length++] = 0x54
  padded(out, hour, 2)
  out.bytes[out.length++] = 0x3a
  padded(out, minute, 2)
  out.bytes[out.length++] = 0x3a
  padded(out, second, 2)
  if (fraction !== 0) {
    out.bytes[out.length++] = 0x2e
    if (fraction % 1000 === 0) padded(out, fraction / 1000, 3)
    else padded(out, fraction, 6)
  }
  out.bytes[out.length++] = 0x5a
}

/** `width` digits with zeros in front; the caller has reserved the room. */
function padded(out: ByteWriter, value: number, width: number): void {
  for (let k = width - 1, rest = value; k >= 0; k--) {
    const next = Math.floor(rest / 10)
    out.bytes[out.length + k] = 0x30 + (rest - next * 10)
    rest = next
  }
  out.length += width
}
