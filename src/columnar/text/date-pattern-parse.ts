import { Civil, dayOfYear, daysFromCivil, isLeapYear, isValidDate, microsOfSeconds, secondsPerDay } from './civil.ts'
import { type DatePattern, monthNames, type PatternField, type PatternItem } from './date-pattern.ts'
import { notATime, notExact } from './spark-time-text.ts'
import { strictZoneOf, utc, type Zone, zoneOfAnyCase } from './zone.ts'
import { type NameStyle, seasons, zoneName, zonesByName } from './zone-names.ts'

/** Where each field lies in the array of what a text has said so far. */
const F: { readonly [Name in PatternField]: number } = {
  era: 0, year: 1, yearOfEra: 2, month: 3, day: 4, dayOfYear: 5, dayOfWeek: 6, dayInMonth: 7, quarter: 8, julianDay: 9,
  hour: 10, clockHour: 11, hourOfHalf: 12, clockHourOfHalf: 13, minute: 14, second: 15, half: 16,
}

/** Least and greatest value of each field; a number outside makes the text invalid. */
const limits: { readonly [F in PatternField]: readonly [number, number] } = {
  era: [0, 1], year: [-999_999, 999_999], yearOfEra: [1, 999_999], month: [1, 12], day: [1, 31], dayOfYear: [0, Infinity], dayOfWeek: [1, 7],
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
  readonly #fields = new Float64Array(17)
  #micros = none
  /** What the text says: the id of a zone goes before an offset. */
  #ownZone: Zone | null = null
  #offsetZone: Zone | null = null

  constructor(pattern: DatePattern, zone: Zone) {
    this.#pattern = pattern
    this.#zone = zone
  }

  /** Microseconds since the epoch; not a number for text that does not fit, infinite where float64 cannot hold them. */
  parse(text: string): number {
    this.#text = text
    this.#fields.fill(none)
    this.#micros = none
    this.#ownZone = this.#offsetZone = null
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
        return this.#gmtOffset(item.full, at)
      case 'zoneId':
        return this.#zoneText(at, null)
      case 'zoneName':
        return this.#zoneText(at, item.style)
      case 'optional': {
        const before = this.#fields.slice()
        const micros = this.#micros
        const zone = this.#ownZone
        const offset = this.#offsetZone
        const end = this.#items(item.items, at)
        if (end >= 0) return end
        this.#fields.set(before)
        this.#micros = micros
        this.#ownZone = zone
        this.#offsetZone = offset
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
    if (this.#startsWith(item.zero, at)) return this.#setOffsetZone(utc, at + item.zero.length)
    const { colon, minutes, seconds } = item.style
    const two = `${colon ? ':' : ''}[0-5]\\d`
    const pattern = `^[+-]\\d\\d(${two})${minutes === 'always' ? '' : '?'}${seconds === 'never' ? '' : `(${two})?`}`
    const match = new RegExp(pattern).exec(this.#text.slice(at, at + 9))
    return match === null ? -1 : this.#setOffset(match[0], at + match[0].length)
  }

  #gmtOffset(full: boolean, at: number): number {
    if (!this.#startsWith('GMT', at)) return -1
    const rest = this.#text.slice(at + 3, at + 12)
    if (rest[0] !== '+' && rest[0] !== '-') return this.#setOffsetZone(utc, at + 3)
    const match = (full ? /^[+-]\d\d:[0-5]\d(:[0-5]\d)?/ : /^[+-]\d\d?(:[0-5]\d(:[0-5]\d)?)?/).exec(rest)
    return match === null ? -1 : this.#setOffset(match[0].replace(/^([+-])(\d)(?!\d)/, '$10$2'), at + 3 + match[0].length)
  }

  /** The name of the reader's own zone, or the longest piece of text that is the id of one. */
  #zoneText(at: number, style: NameStyle | null): number {
    if (style !== null) {
      for (const instant of seasons) {
        const name = zoneName(this.#zone, instant, style)
        if (this.#startsWith(name, at)) return this.#setZone(this.#zone, at + name.length)
      }
    }
    const run = /^[A-Za-z0-9~/._+:-]+/.exec(this.#text.slice(at))?.[0] ?? ''
    for (let end = run.length; end > 0; end--) {
      const piece = run.slice(0, end)
      const zone = zoneOfAnyCase((style === null ? undefined : zonesByName.get(piece.toLowerCase())) ?? piece)
      if (zone !== undefined) return this.#setZone(zone, at + end)
    }
    return -1
  }

  #setOffset(text: string, end: number): number {
    const zone = strictZoneOf(text)
    return zone === undefined ? -1 : this.#setOffsetZone(zone, end)
  }

  #setOffsetZone(zone: Zone, end: number): number {
    if (this.#offsetZone !== null && this.#offsetZone.fixed !== zone.fixed) return -1
    this.#offsetZone = zone
    return end
  }

  #setZone(zone: Zone, end: number): number {
    if (this.#ownZone !== null && this.#ownZone.id !== zone.id) return -1
    this.#ownZone = zone
    return end
  }

  #set(field: PatternField, value: number, end: number): number {
    const [least, greatest] = limits[field]
    const before = this.#fields[F[field]]
    if (value < least || value > greatest || (before === before && before !== value)) return -1
    this.#fields[F[field]] = value
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
    const seconds = hour * 3600 + or(this.#fields[F.minute], 0) * 60 + or(this.#fields[F.second], 0)
    const local = days * secondsPerDay + seconds
    const instant = local - (this.#ownZone ?? this.#offsetZone ?? this.#zone).offsetOfLocal(local)
    const micros = microsOfSeconds(instant, or(this.#micros, 0))
    return micros !== micros ? notExact : micros
  }

  #resolveDays(): number {
    const days = this.#daysOfFields()
    const julian = this.#fields[F.julianDay] - 40_587
    if (julian !== julian) return days
    // The number of the day alone decides; the other fields, as far as there are any, must agree.
    const civil = new Civil()
    civil.setDays(julian)
    const f = this.#fields
    const agree = or(f[F.year], civil.year) === civil.year && or(f[F.month], civil.month) === civil.month && or(f[F.day], civil.day) === civil.day
    return agree && or(f[F.dayOfYear], dayOfYear(julian, civil)) === dayOfYear(julian, civil) ? julian : none
  }

  #daysOfFields(): number {
    const f = this.#fields
    let year = f[F.year]
    if (f[F.yearOfEra] === f[F.yearOfEra]) {
      const own = f[F.era] === 0 ? 1 - f[F.yearOfEra] : f[F.yearOfEra]
      if (year === year && year !== own) return none
      year = own
    }
    const complete = year === year && f[F.month] === f[F.month] && f[F.day] === f[F.day]
    if (!complete && year === year && f[F.dayOfYear] === f[F.dayOfYear]) {
      const days = daysFromCivil(year, 1, 1) + f[F.dayOfYear] - 1
      return f[F.dayOfYear] < 1 || f[F.dayOfYear] > (isLeapYear(year) ? 366 : 365) ? none : days
    }
    const [y, m, d] = [or(year, 1970), or(f[F.month], 1), or(f[F.day], 1)]
    if (!isValidDate(y, m, d)) return none
    const days = daysFromCivil(y, m, d)
    return complete && f[F.dayOfYear] === f[F.dayOfYear] && days - daysFromCivil(y, 1, 1) + 1 !== f[F.dayOfYear] ? none : days
  }

  #resolveHour(): number {
    const f = this.#fields
    let hour = f[F.hour]
    const agree = (other: number): boolean => {
      if (other !== other) return true
      if (hour === hour && hour !== other) return false
      hour = other
      return true
    }
    if (!agree(f[F.clockHour] === 24 ? 0 : f[F.clockHour])) return none
    const fromClock = f[F.clockHourOfHalf] === 12 ? 0 : f[F.clockHourOfHalf]
    if (fromClock === fromClock && f[F.hourOfHalf] === f[F.hourOfHalf] && fromClock !== f[F.hourOfHalf]) return none
    const ofHalf = or(f[F.hourOfHalf], fromClock)
    if (ofHalf === ofHalf && f[F.half] === f[F.half] && !agree(f[F.half] * 12 + ofHalf)) return none
    if (hour === hour) {
      if (ofHalf === ofHalf && hour % 12 !== ofHalf) return none
      return f[F.half] === f[F.half] && Math.floor(hour / 12) !== f[F.half] ? none : hour
    }
    // An hour without its half is of the morning; a half without an hour is its start.
    return or(ofHalf, f[F.half] === 1 ? 12 : 0)
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
