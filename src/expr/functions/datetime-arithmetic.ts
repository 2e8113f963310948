import { makeError } from '../../common/errors.ts'
import { booleanType, dateType, float64Type, int32Type, stringType, timestampType } from '../../columnar/data-type.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { addMonths, Civil, daysFromCivil, daysInMonth, floorDiv, microsPerDay, microsPerSecond, secondsPerDay, weekdayOfDays } from '../../columnar/text/civil.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { overflow } from './arithmetic.ts'
import { isCount } from './counts.ts'
import { fixed, isPresent, signature } from './define.ts'
import { addDays } from './datetime-operators.ts'
import { timestampAdd, timestampDiff } from './datetime-units.ts'
import { byText, dateFunction } from './datetime-shared.ts'

const dayDifference: Kernel = ([end, start], length, validity) => {
  const a = end.values as Int32Array
  const b = start.values as Int32Array
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) out[i] = a[i] - b[i]
  return new Vector(int32Type, length, validity, out)
}

/** Months from one timestamp to another, 31 days each where they do not end on the same day or both on a month's last. */
const monthsBetween: Kernel = (args, length, validity, context) => {
  const a = args[0].values as Float64Array
  const b = args[1].values as Float64Array
  const zone = requireZone(context.timeZone)
  const civil = new Civil()
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const months = monthsApart(a[i], b[i], zone, civil)
    const round = args.length === 2 || getBit(args[2].values as Uint8Array, i)
    out[i] = round ? Math.floor(months * 1e8 + 0.5) / 1e8 : months
  }
  return new Vector(float64Type, length, validity, out)
}

function monthsApart(a: number, b: number, zone: Zone, civil: Civil): number {
  const daysA = floorDiv(zone.toLocal(a), microsPerDay)
  const daysB = floorDiv(zone.toLocal(b), microsPerDay)
  civil.setDays(daysA)
  const dayA = civil.day
  const monthA = civil.year * 12 + civil.month
  const endA = dayA === daysInMonth(civil.year, civil.month)
  civil.setDays(daysB)
  const months = monthA - (civil.year * 12 + civil.month)
  if (dayA === civil.day || (endA && civil.day === daysInMonth(civil.year, civil.month))) return months
  const ofDay = (micros: number, days: number): number => Math.trunc((micros - zone.startOfDay(days) * microsPerSecond) / microsPerSecond)
  const seconds = (dayA - civil.day) * secondsPerDay + ofDay(a, daysA) - ofDay(b, daysB)
  return months + seconds / (31 * secondsPerDay)
}

const addMonthsKernel: Kernel = ([dates, months], length, validity) => {
  const days = dates.values as Int32Array
  const more = months.values as Int32Array
  const civil = new Civil()
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const moved = addMonths(days[i], more[i], civil)
    out[i] = moved
    if (out[i] !== moved) throw overflow(`add_months() of ${more[i]} months (date)`)
  }
  return new Vector(dateType, length, validity, out)
}

/** Monday first; two letters, three, or all. */
const weekdayNames: ReadonlyMap<string, number> = new Map(
  ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].flatMap((name, k) =>
    [name, name.slice(0, 3), name.slice(0, 2)].map(n => [n, k] as const),
  ),
)

const nextDay: Kernel = ([dates, names], length, validity) => {
  const days = dates.values as Int32Array
  const weekday = byText(names, name => {
    const k = weekdayNames.get(name.toLowerCase())
    if (k === undefined) {
      throw makeError('EXPR_ILLEGAL_DAY_OF_WEEK', `next_day() got "${name}", which is no day of the week. Use names such as "monday", "mon" or "mo".`, { context: { name } })
    }
    return k
  })
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const ahead = weekday(i) - weekdayOfDays(days[i])
    out[i] = days[i] + (ahead <= 0 ? ahead + 7 : ahead)
  }
  return new Vector(dateType, length, validity, out)
}

function dayShift(name: string, aliases: readonly string[], sign: 1 | -1, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [2, sign === 1 ? 3 : 2],
    usage: `${name}(date, days: int) -> date`,
    doc,
    resolve: args => (args.length === 3 ? timestampAdd.resolve(args) : isCount(args[1]) ? signature([dateType, int32Type], dateType, addDays(sign, 0)) : undefined),
  }
}

export const dateArithmeticFunctions: readonly FunctionEntry[] = [
  dayShift('date_add', ['dateadd'], 1, 'The date so many days later; with a unit in front as timestampadd().'),
  dayShift('date_sub', [], -1, 'The date so many days earlier.'),
  {
    name: 'datediff',
    aliases: ['date_diff'],
    arity: [2, 3],
    usage: 'datediff(end: date, start: date) -> int',
    doc: 'Days from start to end; with a unit in front as timestampdiff().',
    resolve: args => (args.length === 3 ? timestampDiff.resolve(args) : signature([dateType, dateType], int32Type, dayDifference)),
  },
  {
    name: 'add_months',
    arity: [2, 2],
    usage: 'add_months(date, months: int) -> date',
    doc: 'The same day so many months later, the last day of the month where it has no such day.',
    resolve: () => signature([dateType, int32Type], dateType, addMonthsKernel),
  },
  {
    name: 'months_between',
    arity: [2, 3],
    usage: 'months_between(end: timestamp, start: timestamp[, round: boolean]) -> double',
    doc: 'Months between two times: whole between equal days or two last days of months, else by 31 days; rounded to 8 digits unless `round` is false.',
    safe: true,
    resolve: args => signature([timestampType, timestampType, booleanType].slice(0, args.length), float64Type, monthsBetween),
  },
  dateFunction('last_day', [], 'The last day of the month.', (days, civil) => {
    civil.setDays(days)
    return daysFromCivil(civil.year, civil.month, daysInMonth(civil.year, civil.month))
  }, dateType),
  fixed({
    name: 'next_day', usage: 'next_day(date, weekday: string) -> date', doc: 'The first such day of the week after the date.',
    args: [dateType, stringType], result: dateType, kernel: nextDay,
  }),
  fixed({
    name: 'date_from_unix_date', usage: 'date_from_unix_date(days: int) -> date', doc: 'The date so many days after 1970-01-01.', safe: true,
    args: [int32Type], result: dateType, kernel: ([days], length, validity) => new Vector(dateType, length, validity, days.values),
  }),
  timestampAdd,
  timestampDiff,
]
