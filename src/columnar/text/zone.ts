import { makeError, type MillraceError } from '../../common/errors.ts'
import { microsPerSecond, secondsPerDay } from './civil.ts'
import { YearRules } from './zone-rules.ts'

/**
 * A time zone: how many seconds local time is ahead of UTC at an instant, and which instant a local time means. The
 * rules come from the runtime's own zone data through Intl, one calendar year at a time when it is first needed; after
 * that a lookup is two comparisons (times of a stream lie close together) or a short search.
 */
export class Zone {
  /** As the user wrote it, or normalised where it is an offset: `+05:30`, `GMT+01:00`. */
  readonly id: string
  /** Seconds, where the offset never changes. */
  readonly fixed: number | null
  readonly #rules: YearRules | null
  /** The stretch of time found last: instants from #from to before #to have #offset. */
  #from = 0
  #to = 0
  #offset = 0

  constructor(id: string, fixed: number | null) {
    this.id = id
    this.fixed = fixed
    this.#rules = fixed === null ? new YearRules(id) : null
    if (fixed !== null) {
      this.#from = -Infinity
      this.#to = Infinity
      this.#offset = fixed
    }
  }

  /** Seconds ahead of UTC at an instant (seconds since the epoch, a fraction is fine). */
  offsetAt(instant: number): number {
    if (instant >= this.#from && instant < this.#to) return this.#offset
    // What stands at absent rows may be anything; it must not cost a search.
    if (!(Math.abs(instant) < maxInstant)) return this.#offset
    const segment = (this.#rules as YearRules).segmentAt(instant)
    this.#from = segment.from
    this.#to = segment.to
    this.#offset = segment.offset
    return segment.offset
  }

  /**
   * Seconds ahead of UTC for a local time (seconds as if local time were UTC). A local time that occurs twice gets the
   * earlier instant, or the one of offset `preferred` where that fits; one in a gap gets the offset before the gap,
   * which moves it forward by the length of the gap. These are the rules of java.time.
   */
  offsetOfLocal(local: number, preferred?: number): number {
    if (this.fixed !== null) return this.fixed
    // Two days away from both ends of the known stretch no other offset can be meant.
    const guess = local - this.#offset
    if (guess - 2 * secondsPerDay >= this.#from && guess + 2 * secondsPerDay < this.#to) return this.#offset
    if (preferred !== undefined && this.offsetAt(local - preferred) === preferred) return preferred
    const before = this.offsetAt(local - 1.25 * secondsPerDay)
    const after = this.offsetAt(local + 1.25 * secondsPerDay)
    if (before === after || this.offsetAt(local - before) === before) return before
    return this.offsetAt(local - after) === after ? after : before
  }

  /** The first instant (seconds) of a day: midnight, or the end of a gap that swallows it. */
  startOfDay(days: number): number {
    const local = days * secondsPerDay
    const offset = this.offsetOfLocal(local)
    const instant = local - offset
    const now = this.offsetAt(instant)
    if (now === offset) return instant
    // In a gap: the instant of the transition is where the offset changes, at most the length of the gap earlier.
    let low = instant - (now - offset)
    let high = instant
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.offsetAt(middle) === offset) low = middle
      else high = middle
    }
    return this.offsetAt(low) === offset ? high : low
  }

  /** Local time of an instant, both in microseconds. */
  toLocal(micros: number): number {
    return micros + this.offsetAt(micros / microsPerSecond) * microsPerSecond
  }

  /** The instant of a local time, both in microseconds; see {@link offsetOfLocal}. */
  toInstant(local: number, preferred?: number): number {
    return local - this.offsetOfLocal(local / microsPerSecond, preferred) * microsPerSecond
  }
}

/** Seconds, millions of years: beyond lies no time of ours. */
const maxInstant = 1e14

/** Three-letter names from before zones had regions; java.time's SHORT_IDS. */
const shortIds: ReadonlyMap<string, string> = new Map([
  ['ACT', 'Australia/Darwin'], ['AET', 'Australia/Sydney'], ['AGT', 'America/Argentina/Buenos_Aires'], ['ART', 'Africa/Cairo'],
  ['AST', 'America/Anchorage'], ['BET', 'America/Sao_Paulo'], ['BST', 'Asia/Dhaka'], ['CAT', 'Africa/Harare'],
  ['CNT', 'America/St_Johns'], ['CST', 'America/Chicago'], ['CTT', 'Asia/Shanghai'], ['EAT', 'Africa/Addis_Ababa'],
  ['ECT', 'Europe/Paris'], ['IET', 'America/Indiana/Indianapolis'], ['IST', 'Asia/Kolkata'], ['JST', 'Asia/Tokyo'],
  ['MIT', 'Pacific/Apia'], ['NET', 'Asia/Yerevan'], ['NST', 'Pacific/Auckland'], ['PLT', 'Asia/Karachi'],
  ['PNT', 'America/Phoenix'], ['PRT', 'America/Puerto_Rico'], ['PST', 'America/Los_Angeles'], ['SST', 'Pacific/Guadalcanal'],
  ['VST', 'Asia/Ho_Chi_Minh'], ['EST', '-05:00'], ['MST', '-07:00'], ['HST', '-10:00'],
])

export const utc = new Zone('UTC', 0)

/** Regions by id. Offsets, of which data may hold any number, are not kept; spellings of regions are limited. */
const regions = new Map<string, Zone>()
const maxRegions = 2000

/**
 * A zone by its name: an IANA region, `UTC`, `Z`, an offset (`+5`, `+05:30`, `-0800`, `GMT+1`, `UTC-03:30`) or a
 * legacy id (`PST`). Undefined for anything else.
 */
export function zoneOf(name: string): Zone | undefined {
  // Text like +5:30 or +05:3 was once accepted and still is.
  return strictZoneOf(/[+-]\d\d?:/.test(name) ? name.replace(/([+-])(\d):/, '$10$2:').replace(/([+-])(\d\d):(\d)$/, '$1$2:0$3') : name)
}

/** As {@link zoneOf}, with two digits in every part of an offset. */
export function strictZoneOf(name: string): Zone | undefined {
  if (name === 'UTC') return utc
  const known = regions.get(name)
  if (known !== undefined) return known
  const id = shortIds.get(name) ?? name
  if (id === 'Z') return new Zone('Z', 0)
  if (/^[+-]/.test(id)) {
    const offset = parseOffset(id)
    return offset === undefined ? undefined : new Zone(offsetText(offset, 'Z'), offset)
  }
  const prefix = /^(UTC|GMT|UT)(?=$|[+-])/.exec(id)?.[1]
  if (prefix !== undefined) {
    const offset = prefix === id ? 0 : parseOffset(id.slice(prefix.length))
    return offset === undefined ? undefined : new Zone(prefix + offsetText(offset, ''), offset)
  }
  return regionOf(name, id)
}

/** As {@link strictZoneOf}, with letters of any case. */
export function zoneOfAnyCase(name: string): Zone | undefined {
  if (/^(utc|gmt|ut|z)([+-]|$)/i.test(name)) return strictZoneOf(name.toUpperCase())
  return strictZoneOf(name) ?? strictZoneOf(name.toLowerCase().replace(/(^|[/_-])[a-z]/g, start => start.toUpperCase()))
}

/** @throws QueryError EXPR_INVALID_TIME_ZONE */
export function requireZone(name: string): Zone {
  const zone = zoneOf(name)
  if (zone === undefined) throw invalidZone(name)
  return zone
}

function regionOf(name: string, id: string): Zone | undefined {
  // Intl ignores case; the names themselves do not, as far as a look at their letters tells.
  if (!/^[A-Z][A-Za-z0-9~._+-]+(\/[A-Z][A-Za-z0-9~._+-]*)*$/.test(id) || /(^|[/_])[A-Z]{4,}([/_]|$)/.test(id)) return undefined
  try {
    const zone = new Zone(id, null)
    if (regions.size >= maxRegions) regions.clear()
    regions.set(name, zone)
    return zone
  } catch {
    return undefined
  }
}

const offsetPatterns = [/^([+-])(\d\d?)$/, /^([+-])(\d\d):(\d\d)$/, /^([+-])(\d\d)(\d\d)$/, /^([+-])(\d\d):(\d\d):(\d\d)$/, /^([+-])(\d\d)(\d\d)(\d\d)$/]

/** Seconds of `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss`, `+hhmmss`; at most 18 hours. */
function parseOffset(text: string): number | undefined {
  for (const pattern of offsetPatterns) {
    const match = pattern.exec(text)
    if (match === null) continue
    const [hours, minutes, seconds] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)]
    const total = hours * 3600 + minutes * 60 + seconds
    if (minutes > 59 || seconds > 59 || total > 18 * 3600) return undefined
    return match[1] === '-' ? 0 - total : total
  }
  return undefined
}

/** `+05:30`, with seconds where there are some; `zero` for no offset. */
export function offsetText(offset: number, zero: string): string {
  if (offset === 0) return zero
  const total = Math.abs(offset)
  const two = (n: number): string => String(n).padStart(2, '0')
  const seconds = total % 60
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}${seconds === 0 ? '' : `:${two(seconds)}`}`
}

export function invalidZone(name: string): MillraceError {
  return makeError('EXPR_INVALID_TIME_ZONE', `"${name}" is no time zone. Use a region such as "Europe/Berlin", an offset such as "+05:30", or "UTC".`, {
    context: { name },
  })
}
