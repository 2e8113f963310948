import { dateType, stringType, timestampType } from '../../columnar/data-type.ts'
import { Civil, daysFromCivil, exactSum, floorDiv, floorMod, microsPerDay, microsPerSecond, weekdayOfDays } from '../../columnar/text/civil.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import { Failures } from '../failures.ts'
import { timestampNotExact } from '../casts/time-casts.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { isPresent, signature } from './define.ts'
import { byText } from './datetime-shared.ts'

type Unit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond' | 'microsecond'

const units: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ['year', 'year'], ['yyyy', 'year'], ['yy', 'year'], ['quarter', 'quarter'], ['month', 'month'], ['mm', 'month'], ['mon', 'month'], ['week', 'week'],
  ['day', 'day'], ['dd', 'day'], ['hour', 'hour'], ['minute', 'minute'], ['second', 'second'], ['millisecond', 'millisecond'], ['microsecond', 'microsecond'],
])

function unitOf(text: string): Unit | undefined {
  return units.get(text.toLowerCase())
}

/** The first day of the unit that holds a day; undefined for units shorter than a week. */
function firstDay(unit: Unit | undefined, days: number, civil: Civil): number | undefined {
  civil.setDays(days)
  switch (unit) {
    case 'year':
      return daysFromCivil(civil.year, 1, 1)
    case 'quarter':
      return daysFromCivil(civil.year, civil.month - ((civil.month - 1) % 3), 1)
    case 'month':
      return daysFromCivil(civil.year, civil.month, 1)
    case 'week':
      return days - weekdayOfDays(days)
    default:
      return undefined
  }
}

/** The start of the unit that holds an instant; lengths from a minute up are cut in local time. */
function truncated(unit: Unit, micros: number, zone: Zone, civil: Civil): number {
  switch (unit) {
    case 'microsecond':
      return micros
    case 'millisecond':
      return exactSum(micros, -floorMod(micros, 1000))
    case 'second':
      return micros - floorMod(micros, microsPerSecond)
    case 'minute':
      return cutLocal(micros, 60 * microsPerSecond, zone)
    case 'hour':
      return cutLocal(micros, 3600 * microsPerSecond, zone)
    case 'day':
      return cutLocal(micros, microsPerDay, zone)
    default: {
      const days = floorDiv(zone.toLocal(micros), microsPerDay)
      return zone.startOfDay(firstDay(unit, days, civil) as number) * microsPerSecond
    }
  }
}

function cutLocal(micros: number, length: number, zone: Zone): number {
  const local = zone.toLocal(micros)
  // Of an hour that occurs twice the instant's own occurrence is meant.
  return zone.toInstant(local - floorMod(local, length), (local - micros) / microsPerSecond)
}

const dateTruncKernel: Kernel = ([format, times], length, validity, context) => {
  const micros = times.values as Float64Array
  const zone = requireZone(context.timeZone)
  const unit = byText(format, unitOf)
  const civil = new Civil()
  const out = new Float64Array(length)
  const nulls = new Failures(validity, length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const u = unit(i)
    if (u === undefined) nulls.add(i)
    else {
      out[i] = truncated(u, micros[i], zone, civil)
      if (out[i] !== out[i]) throw timestampNotExact('a millisecond')
    }
  }
  return new Vector(timestampType, length, nulls.validity, out)
}

const truncKernel: Kernel = ([dates, format], length, validity) => {
  const days = dates.values as Int32Array
  const unit = byText(format, unitOf)
  const civil = new Civil()
  const out = new Int32Array(length)
  const nulls = new Failures(validity, length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const first = firstDay(unit(i), days[i], civil)
    if (first === undefined) nulls.add(i)
    else out[i] = first
  }
  return new Vector(dateType, length, nulls.validity, out)
}

export const truncFunctions: readonly FunctionEntry[] = [
  {
    name: 'date_trunc',
    arity: [2, 2],
    usage: 'date_trunc(unit: string, timestamp) -> timestamp',
    doc: 'The start of the year, quarter, month, week (Monday), day, hour, minute, second or millisecond in the session zone; null for an unknown unit.',
    resolve: () => signature([stringType, timestampType], timestampType, dateTruncKernel, true),
  },
  {
    name: 'trunc',
    arity: [2, 2],
    usage: 'trunc(date, unit: string) -> date',
    doc: 'The first day of the year, quarter, month or week (Monday); null for any other unit.',
    safe: true,
    resolve: () => signature([dateType, stringType], dateType, truncKernel, true),
  },
]
