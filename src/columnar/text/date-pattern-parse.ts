import { daysFromCivil, exactSum, isLeapYear, isValidDate, microsPerSecond, secondsPerDay } from './civil.ts'
import { type DatePattern, monthNames, type PatternField, type PatternItem } from './date-pattern.ts'
import { notATime, notExact } from './spark-time-text.ts'
import { type Zone, zoneOf } from './zone.ts'
import { zonesByName } from './zone-names.ts'

type Fields = { [F in PatternField]: number }

/** Least and greatest value of each field; a number outside makes the text invalid. */
const limits: { readonly [F in PatternField]: readonly [number, number] } = {
  era: [0, 1], year: [-999_999, 999_999], yearOfEra: [1, 999_999], month: [1, 12], day: [1, 31], dayOfYear: [1, 366], dayOfWeek: [1, 7],
  dayInMonth: [1, 7], quarter: [1, 4], julianDay: [-365_000_000, 365_000_000], hour: [0, 23], clockHour: [1, 24], hourOfHalf: [0, 11],
  clockHourOfHalf: [1, 12], minute: [0, 59], second: [0, 59], half: [0, 1],
}

const none = NaN

/**
 * Reads timestamps by a pattern, strictly: the whole text must fit, numbers must have the width that the pattern says,
 * fields that say the same must agree. What is missing is 1970, January, the first, midnight.
 */
export class DatePatternReader {
  readonly #pattern: DatePattern
  readonly #zone: Zone
  #text = ''
  #fields: Fields = emptyFields()
  #micros = none
  #ownZone: Zone | null = null

  constructor(pattern: DatePattern, zone: Zone) {
    this.#pattern = pattern
    this.#zone = zone
  }

  /** Microseconds since the epoch; not a number for text that does not fit, infinite where float64 cannot hold them. */
  parse(text: string): number {
    this.#text = text
    this.#fields = emptyFields()
    this.#micros = none
    this.#ownZone = null
    if (this.#items(this.#pattern.items, 0) !== text.length) return notATime
    return this.#resolve()
  }

  /** The position behind the items, −1 where the text does not fit. */
  #items(items: readonly PatternItem[], start: number): number {
    let at = start
    for (const item of items) {
      at = this.#item(item, at)
      if (at < 0) return -1
    }
    return at
  }

  #item(item: PatternItem, at: number): number {
    switch (item.kind) {
      case 'literal':
        return this.#startsWith(item.text, at) ? at + item.text.length : -1
      case 'number':
        return this.#number(item, at)
      case 'shortYear':
        return isDigits(this.#text, at, 2) ? this.#set(item.field, 2000 + Number(this.#text.slice(at, at + 2)), at + 2) : -1
      case 'text':
        return this.#name(item.field, item.full, at)
      case 'fraction':
        return this.#fraction(item.digits, at)
      case 'offset':
        return this.#offset(item, at)
      case 'gmtOffset':
        return this.#gmtOffset(at)
      case 'zoneId':
        return this.#zoneText(at, false)
      case 'zoneName':
        return this.#zoneText(at, true)
      case 'optional': {
        const before = { ...this.#fields }
        const micros = this.#micros
        const zone = this.#ownZone
        const end = this.#items(item.items, at)
        if (end >= 0) return end
        this.#fields = before
        this.#micros = micros
        this.#ownZone = zone
        return at
      }
    }
  }

  #number(item: Extract<PatternItem, { kind: 'number' }>, start: number): number {
    const text = this.#text
    const sign = text[start] === '-' || text[start] === '+' ? text[start] : ''
    if (sign !== '' && (item.sign === 'none' || (item.sign === 'normal' && sign === '+'))) return -1
    const first = start + sign.length
    let digits = countDigits(text, first, item.max + item.reserve)
    if (item.reserve > 0) digits = Math.min(Math.max(item.min, digits - item.reserve), digits)
    if (digits < item.min) return -1
    if (item.sign === 'exceeds' && sign !== '-' && (sign === '+') !== digits > item.min) return -1
    const value = Number(text.slice(first, first + digits))
    if (sign === '-' && value === 0) return -1
    return this.#set(item.field, sign === '-' ? -value : value, first + digits)
  }

  #name(field: PatternField, full: boolean, at: number): number {
    const names = field === 'month' ? monthNames : field === 'era' ? (full ? ['Before Christ', 'Anno Domini'] : ['BC', 'AD']) : ['AM', 'PM']
    const short = field === 'month' && !full
    for (let k = 0; k < names.length; k++) {
      const name = short ? names[k].slice(0, 3) : names[k]
      if (this.#startsWith(name, at)) return this.#set(field, field === 'month' ? k + 1 : k, at + name.length)
    }
    return -1
  }

  #fraction(most: number, at: number): number {
    const digits = countDigits(this.#text, at, most)
    const value = Number(this.#text.slice(at, at + digits).slice(0, 6).padEnd(6, '0'))
    if (this.#micros === this.#micros && this.#micros !== value) return -1
    this.#micros = value
    return at + digits
  }

  #offset(item: Extract<PatternItem, { kind: 'offset' }>, at: number): number {
    if (this.#startsWith(item.zero, at)) return this.#setOffset('+00:00', at + item.zero.length)
    const { colon, minutes, seconds } = item.style
    const separator = colon ? ':' : ''
    const pattern = `^[+-]\\d\\d(${separator}\\d\\d)${minutes === 'always' ? '' : '?'}${seconds === 'never' ? '' : `(${separator}\\d\\d)?`}`
    const match = new RegExp(pattern).exec(this.#text.slice(at, at + 9))
    return match === null ? -1 : this.#setOffset(match[0], at + match[0].length)
  }

  #gmtOffset(at: number): number {
    if (!this.#startsWith('GMT', at)) return -1
    const match = /^[+-]\d\d?(:\d\d(:\d\d)?)?/.exec(this.#text.slice(at + 3, at + 12))
    if (match === null) return this.#setOffset('+00:00', at + 3)
    return this.#setOffset(match[0].replace(/^([+-])(\d)(?!\d)/, '$10$2'), at + 3 + match[0].length)
  }

  /** The longest piece of text that names a zone. */
  #zoneText(at: number, names: boolean): number {
    const run = /^[A-Za-z0-9~/._+:-]+/.exec(this.#text.slice(at))?.[0] ?? ''
    for (let end = run.length; end > 0; end--) {
      const piece = run.slice(0, end)
      const id = names ? (zonesByName.get(piece.toLowerCase()) ?? piece) : piece
      const zone = names && /^[A-Z]{3}$/.test(id) && id !== 'UTC' && id !== 'GMT' ? undefined : zoneOf(id)
      if (zone !== undefined) return this.#setZone(zone, at + end)
    }
    return -1
  }

  #setOffset(text: string, end: number): number {
    const zone = zoneOf(text)
    return zone === undefined ? -1 : this.#setZone(zone, end)
  }

  #setZone(zone: Zone, end: number): number {
    if (this.#ownZone !== null && this.#ownZone.id !== zone.id) return -1
    this.#ownZone = zone
    return end
  }

  #set(field: PatternField, value: number, end: number): number {
    const [least, greatest] = limits[field]
    const before = this.#fields[field]
    if (value < least || value > greatest || (before === before && before !== value)) return -1
    this.#fields[field] = value
    return end
  }

  #startsWith(text: string, at: number): boolean {
    const piece = this.#text.slice(at, at + text.length)
    return piece === text || piece.toLowerCase() === text.toLowerCase()
  }

  #resolve(): number {
    const days = this.#resolveDays()
    const hour = this.#resolveHour()
    if (days !== days || hour !== hour) return notATime
    const seconds = hour * 3600 + or(this.#fields.minute, 0) * 60 + or(this.#fields.second, 0)
    const local = days * secondsPerDay + seconds
    const instant = local - (this.#ownZone ?? this.#zone).offsetOfLocal(local)
    const micros = exactSum(instant * microsPerSecond, or(this.#micros, 0))
    return micros !== micros ? notExact : micros
  }

  #resolveDays(): number {
    const f = this.#fields
    if (f.julianDay === f.julianDay) return f.julianDay - 40_587
    let year = f.year
    if (f.yearOfEra === f.yearOfEra) {
      const own = f.era === 0 ? 1 - f.yearOfEra : f.yearOfEra
      if (year === year && year !== own) return none
      year = own
    }
    const complete = year === year && f.month === f.month && f.day === f.day
    if (!complete && year === year && f.dayOfYear === f.dayOfYear) {
      const days = daysFromCivil(year, 1, 1) + f.dayOfYear - 1
      return f.dayOfYear === 366 && !isLeapYear(year) ? none : days
    }
    const [y, m, d] = [or(year, 1970), or(f.month, 1), or(f.day, 1)]
    if (!isValidDate(y, m, d)) return none
    const days = daysFromCivil(y, m, d)
    return complete && f.dayOfYear === f.dayOfYear && days - daysFromCivil(y, 1, 1) + 1 !== f.dayOfYear ? none : days
  }

  #resolveHour(): number {
    const f = this.#fields
    let hour = f.hour
    const agree = (other: number): boolean => {
      if (other !== other) return true
      if (hour === hour && hour !== other) return false
      hour = other
      return true
    }
    if (!agree(f.clockHour === 24 ? 0 : f.clockHour)) return none
    const fromClock = f.clockHourOfHalf === 12 ? 0 : f.clockHourOfHalf
    if (fromClock === fromClock && f.hourOfHalf === f.hourOfHalf && fromClock !== f.hourOfHalf) return none
    const ofHalf = or(f.hourOfHalf, fromClock)
    if (ofHalf === ofHalf && f.half === f.half && !agree(f.half * 12 + ofHalf)) return none
    if (hour === hour) {
      if (ofHalf === ofHalf && hour % 12 !== ofHalf) return none
      return f.half === f.half && Math.floor(hour / 12) !== f.half ? none : hour
    }
    // An hour without its half is of the morning; a half without an hour is its start.
    return or(ofHalf, f.half === 1 ? 12 : 0)
  }
}

function emptyFields(): Fields {
  return {
    era: none, year: none, yearOfEra: none, month: none, day: none, dayOfYear: none, dayOfWeek: none, dayInMonth: none, quarter: none, julianDay: none,
    hour: none, clockHour: none, hourOfHalf: none, clockHourOfHalf: none, minute: none, second: none, half: none,
  }
}

function or(value: number, fallback: number): number {
  return value === value ? value : fallback
}

function countDigits(text: string, at: number, most: number): number {
  let n = 0
  while (n < most) {
    const c = text.charCodeAt(at + n)
    if (!(c >= 48 && c <= 57)) break
    n++
  }
  return n
}

function isDigits(text: string, at: number, count: number): boolean {
  return countDigits(text, at, count) === count
}
