import { Civil, daysFromCivil, isLeapYear, secondsPerDay, weekdayOfDays } from './civil.ts'

/** A stretch of time, seconds since the epoch, with one offset. */
export interface Segment {
  from: number
  to: number
  offset: number
}

/** Before this year every zone has its first offset (local mean time); after the last one the rules repeat. */
const firstYear = 1800
const lastYear = 2128
/** Two changes of one zone are never closer than this, so that sampling finds both. */
const sampleSeconds = 10 * secondsPerDay

/**
 * The transitions of one region, found by asking Intl for local times: a sample every ten days, then bisection to the
 * second. Done one year at a time when it is first needed, because most streams see few years.
 */
export class YearRules {
  readonly #format: Intl.DateTimeFormat
  readonly #years = new Map<number, { readonly starts: Float64Array; readonly offsets: Int32Array }>()
  readonly #civil = new Civil()
  readonly #segment: Segment = { from: 0, to: 0, offset: 0 }

  constructor(id: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: id, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    })
  }

  segmentAt(instant: number): Segment {
    const segment = this.#segment
    const { year, shift } = this.#yearOf(instant)
    const at = instant - shift
    const rules = this.#rulesOf(year)
    let k = rules.starts.length - 1
    while (k > 0 && rules.starts[k] > at) k--
    segment.offset = rules.offsets[k]
    segment.from = rules.starts[k] + shift
    segment.to = (k + 1 < rules.starts.length ? rules.starts[k + 1] : startOfYear(year + 1)) + shift
    if (year === firstYear && shift === 0 && k === 0) segment.from = -Infinity
    return segment
  }

  /** The year whose rules hold, and how many seconds later than it the instant's own year is. */
  #yearOf(instant: number): { year: number; shift: number } {
    this.#civil.setDays(Math.floor(instant / secondsPerDay))
    const own = this.#civil.year
    if (own <= firstYear) return { year: firstYear, shift: 0 }
    if (own <= lastYear) return { year: own, shift: 0 }
    // Rules name weekdays, so they repeat with the shape of the year: leap or not, and the weekday it starts with.
    const leap = isLeapYear(own)
    const weekday = weekdayOfDays(daysFromCivil(own, 1, 1))
    let year = lastYear
    while (isLeapYear(year) !== leap || weekdayOfDays(daysFromCivil(year, 1, 1)) !== weekday) year--
    return { year, shift: startOfYear(own) - startOfYear(year) }
  }

  #rulesOf(year: number): { readonly starts: Float64Array; readonly offsets: Int32Array } {
    let rules = this.#years.get(year)
    if (rules === undefined) {
      rules = this.#find(year)
      this.#years.set(year, rules)
    }
    return rules
  }

  #find(year: number): { readonly starts: Float64Array; readonly offsets: Int32Array } {
    const end = startOfYear(year + 1)
    const starts = [startOfYear(year)]
    const offsets = [this.#offsetAt(starts[0])]
    let known = starts[0]
    while (known < end - 1) {
      const next = Math.min(known + sampleSeconds, end - 1)
      const offset = this.#offsetAt(next)
      const before = offsets[offsets.length - 1]
      if (offset !== before) {
        let low = known
        let high = next
        while (high - low > 1) {
          const middle = Math.floor((low + high) / 2)
          if (this.#offsetAt(middle) === before) low = middle
          else high = middle
        }
        starts.push(high)
        offsets.push(this.#offsetAt(high))
        known = high
      } else known = next
    }
    return { starts: Float64Array.from(starts), offsets: Int32Array.from(offsets) }
  }

  #offsetAt(instant: number): number {
    const [month, day, year, hour, minute, second] = (this.#format.format(instant * 1000).match(/\d+/g) as string[]).map(Number)
    return daysFromCivil(year, month, day) * secondsPerDay + hour * 3600 + minute * 60 + second - instant
  }
}

function startOfYear(year: number): number {
  return daysFromCivil(year, 1, 1) * secondsPerDay
}
