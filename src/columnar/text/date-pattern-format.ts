import { Civil, daysFromCivil, floorDiv, microsPerSecond, secondsPerDay, weekdayOfDays } from './civil.ts'
import { type DatePattern, dayNames, monthNames, type OffsetStyle, type PatternField, type PatternItem, quarterNames } from './date-pattern.ts'
import type { Zone } from './zone.ts'
import { zoneName } from './zone-names.ts'

const encoder = new TextEncoder()

/** Writes timestamps by a pattern, one after the other into one growing buffer. */
export class DatePatternWriter {
  bytes: Uint8Array
  length = 0
  readonly #zone: Zone
  readonly #civil = new Civil()
  /** The moment being written: local day, microsecond of the local day, offset and instant in seconds. */
  #days = 0
  #ofDay = 0
  #offset = 0
  #instant = 0

  constructor(zone: Zone, capacity: number) {
    this.#zone = zone
    this.bytes = new Uint8Array(Math.max(64, capacity))
  }

  /** Appends the text of an instant in microseconds. */
  write(pattern: DatePattern, micros: number): void {
    const seconds = floorDiv(micros, microsPerSecond)
    this.writeSeconds(pattern, seconds, micros - seconds * microsPerSecond)
  }

  /** As write(), for an instant that a number of microseconds may not hold exactly: whole seconds, and 0 to 999,999 microseconds. */
  writeSeconds(pattern: DatePattern, seconds: number, micros: number): void {
    this.#instant = seconds
    this.#offset = this.#zone.offsetAt(seconds)
    const local = seconds + this.#offset
    this.#days = floorDiv(local, secondsPerDay)
    this.#ofDay = (local - this.#days * secondsPerDay) * microsPerSecond + micros
    this.#civil.setDays(this.#days)
    this.#items(pattern.items)
  }

  #items(items: readonly PatternItem[]): void {
    for (const item of items) {
      switch (item.kind) {
        case 'literal':
          this.#text(item.text)
          break
        case 'number':
          this.#number(this.#value(item.field), item.min, item.sign === 'exceeds')
          break
        case 'shortYear':
          this.#number(Math.abs(this.#value(item.field)) % 100, 2, false)
          break
        case 'text':
          this.#text(nameOf(item.field, this.#value(item.field), item.full))
          break
        case 'fraction':
          this.#fraction(item.digits)
          break
        case 'offset':
          this.#text(offsetByStyle(this.#offset, item.style, item.zero))
          break
        case 'gmtOffset':
          this.#text(gmtOffset(this.#offset, item.full))
          break
        case 'zoneId':
          this.#text(this.#zone.id)
          break
        case 'zoneName':
          this.#text(zoneName(this.#zone, this.#instant, item.style))
          break
        case 'optional':
          this.#items(item.items)
          break
      }
    }
  }

  #value(field: PatternField): number {
    const civil = this.#civil
    const seconds = Math.floor(this.#ofDay / microsPerSecond)
    const hour = Math.floor(seconds / 3600)
    switch (field) {
      case 'era':
        return civil.year > 0 ? 1 : 0
      case 'year':
        return civil.year
      case 'yearOfEra':
        return civil.year > 0 ? civil.year : 1 - civil.year
      case 'month':
        return civil.month
      case 'quarter':
        return Math.floor((civil.month + 2) / 3)
      case 'day':
        return civil.day
      case 'dayInMonth':
        return ((civil.day - 1) % 7) + 1
      case 'dayOfYear':
        return this.#days - daysFromCivil(civil.year, 1, 1) + 1
      case 'dayOfWeek':
        return weekdayOfDays(this.#days) + 1
      case 'julianDay':
        return this.#days + 40_587
      case 'hour':
        return hour
      case 'clockHour':
        return hour === 0 ? 24 : hour
      case 'hourOfHalf':
        return hour % 12
      case 'clockHourOfHalf':
        return hour % 12 === 0 ? 12 : hour % 12
      case 'half':
        return hour < 12 ? 0 : 1
      case 'minute':
        return Math.floor(seconds / 60) % 60
      case 'second':
        return seconds % 60
    }
  }

  #number(value: number, width: number, plus: boolean): void {
    // Nearly every number of a date has two or four digits.
    if ((width === 2 && value >= 0 && value < 100) || (width === 4 && value >= 0 && value < 10_000)) return this.#digits(value, width)
    const digits = String(Math.abs(value)).padStart(width, '0')
    this.#text(value < 0 ? `-${digits}` : plus && digits.length > width ? `+${digits}` : digits)
  }

  #digits(value: number, width: number): void {
    this.#reserve(width)
    let rest = value
    for (let k = width - 1; k >= 0; k--) {
      const next = (rest / 10) | 0
      this.bytes[this.length + k] = 48 + rest - next * 10
      rest = next
    }
    this.length += width
  }

  #fraction(digits: number): void {
    const micros = this.#ofDay % microsPerSecond
    if (digits <= 6) this.#digits(Math.floor(micros / 10 ** (6 - digits)), digits)
    else this.#text(String(micros).padStart(6, '0').padEnd(digits, '0'))
  }

  #reserve(room: number): void {
    if (this.length + room <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + room, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  #text(text: string): void {
    this.#reserve(text.length * 3)
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c > 127) {
        this.length += encoder.encodeInto(text.slice(i), this.bytes.subarray(this.length)).written
        return
      }
      this.bytes[this.length++] = c
    }
  }
}

function nameOf(field: PatternField, value: number, full: boolean): string {
  switch (field) {
    case 'month':
      return full ? monthNames[value - 1] : monthNames[value - 1].slice(0, 3)
    case 'dayOfWeek':
      return full ? dayNames[value - 1] : dayNames[value - 1].slice(0, 3)
    case 'quarter':
      return full ? quarterNames[value - 1] : `Q${value}`
    case 'era':
      return full ? ['Before Christ', 'Anno Domini'][value] : ['BC', 'AD'][value]
    default:
      return ['AM', 'PM'][value]
  }
}

function offsetByStyle(offset: number, style: OffsetStyle, zero: string): string {
  if (offset === 0) return zero
  const total = Math.abs(offset)
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  const separator = style.colon ? ':' : ''
  // An offset of seconds only, in a style without seconds, is no offset.
  if (hours === 0 && minutes === 0 && style.seconds === 'never') return zero
  let text = (offset < 0 ? '-' : '+') + two(hours)
  const withSeconds = style.seconds === 'unlessZero' && seconds !== 0
  if (style.minutes === 'always' || minutes !== 0 || withSeconds) text += separator + two(minutes)
  return withSeconds ? text + separator + two(seconds) : text
}

function gmtOffset(offset: number, full: boolean): string {
  if (offset === 0) return 'GMT'
  const total = Math.abs(offset) % secondsPerDay
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  let text = `GMT${offset < 0 ? '-' : '+'}${full ? two(hours) : hours}`
  if (full || minutes !== 0 || seconds !== 0) text += `:${two(minutes)}`
  return seconds === 0 ? text : `${text}:${two(seconds)}`
}
