import { makeError } from '../../common/errors.ts'
import { dateType, float64Type, int32Type, stringType, timestampType } from '../../columnar/data-type.ts'
import { Civil, dayOfYear, floorMod, microsPerDay, microsPerSecond, weekdayOfDays } from '../../columnar/text/civil.ts'
import { dayNames, monthNames } from '../../columnar/text/date-pattern.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { dictionaryVector, Vector } from '../../columnar/vector.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { fixed, signature } from './define.ts'
import { dateFunction, daysKernel } from './datetime-shared.ts'

/** Parts of dates and of the local time of timestamps. */
type DayField = (days: number, civil: Civil) => number

const year: DayField = (days, civil) => (civil.setDays(days), civil.year)
const month: DayField = (days, civil) => (civil.setDays(days), civil.month)
const quarter: DayField = (days, civil) => (civil.setDays(days), Math.floor((civil.month + 2) / 3))
const day: DayField = (days, civil) => (civil.setDays(days), civil.day)
const dayOfWeek: DayField = days => ((weekdayOfDays(days) + 1) % 7) + 1
const weekday: DayField = days => weekdayOfDays(days)
const isoDayOfWeek: DayField = days => weekdayOfDays(days) + 1
/** A week belongs to the year of its Thursday. */
const thursday = (days: number): number => days - weekdayOfDays(days) + 3
const weekOfYear: DayField = (days, civil) => Math.floor((dayOfYear(thursday(days), civil) - 1) / 7) + 1
const yearOfWeek: DayField = (days, civil) => year(thursday(days), civil)

/** A field of the local time of day, from microseconds of the day. */
function timeKernel(f: (seconds: number) => number): Kernel {
  return ([times], length, validity, context) => {
    const micros = times.values as Float64Array
    const zone = requireZone(context.timeZone)
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) out[i] = f(Math.floor(floorMod(zone.toLocal(micros[i]), microsPerDay) / microsPerSecond))
    return new Vector(int32Type, length, validity, out)
  }
}

const hour = timeKernel(seconds => (seconds / 3600) | 0)
const minute = timeKernel(seconds => ((seconds / 60) | 0) % 60)
const second = timeKernel(seconds => seconds % 60)

/** Seconds of the minute with their fraction. */
const fractionalSecond: Kernel = ([times], length, validity, context) => {
  const micros = times.values as Float64Array
  const zone = requireZone(context.timeZone)
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = floorMod(zone.toLocal(micros[i]), 60 * microsPerSecond) / microsPerSecond
  return new Vector(float64Type, length, validity, out)
}

function timeFunction(name: string, doc: string, kernel: Kernel): FunctionEntry {
  return fixed({ name, usage: `${name}(timestamp) -> int`, doc, safe: true, args: [timestampType], result: int32Type, kernel })
}

/** The names of a field that extract() knows, with the kernel of its date or of its time. */
const dayParts: ReadonlyMap<string, DayField> = new Map([
  ...['year', 'y', 'years', 'yr', 'yrs'].map(n => [n, year] as const),
  ['yearofweek', yearOfWeek] as const,
  ...['quarter', 'qtr'].map(n => [n, quarter] as const),
  ...['month', 'mon', 'mons', 'months'].map(n => [n, month] as const),
  ...['week', 'w', 'weeks'].map(n => [n, weekOfYear] as const),
  ...['day', 'd', 'days'].map(n => [n, day] as const),
  ...['dayofweek', 'dow'].map(n => [n, dayOfWeek] as const),
  ...['dayofweek_iso', 'dow_iso'].map(n => [n, isoDayOfWeek] as const),
  ['doy', dayOfYear] as const,
])
const timeParts: ReadonlyMap<string, Kernel> = new Map([
  ...['hour', 'h', 'hours', 'hr', 'hrs'].map(n => [n, hour] as const),
  ...['minute', 'm', 'min', 'mins', 'minutes'].map(n => [n, minute] as const),
])
const secondNames = ['second', 's', 'sec', 'seconds', 'secs']

function withoutFirst(kernel: Kernel): Kernel {
  return (args, length, validity, context) => kernel(args.slice(1), length, validity, context)
}

const extract: FunctionEntry = {
  name: 'extract',
  aliases: ['date_part', 'datepart'],
  arity: [2, 2],
  usage: 'extract(field: string literal, date or timestamp) -> int',
  doc: 'One field of a date or timestamp: year, quarter, month, week, day, dow, doy, hour, minute, second (a double with its fraction) and their short names.',
  safe: true,
  resolve: ([which, source]) => {
    if (which.type.kind !== 'string' || typeof which.literal !== 'string') return undefined
    if (source.type.kind !== 'date' && source.type.kind !== 'timestamp' && source.type.kind !== 'string' && source.type.kind !== 'null') return undefined
    const name = which.literal.toLowerCase()
    const dayPart = dayParts.get(name)
    if (dayPart !== undefined) return signature([stringType, dateType], int32Type, withoutFirst(daysKernel(int32Type, dayPart)))
    const timePart = timeParts.get(name)
    if (timePart !== undefined) return signature([stringType, timestampType], int32Type, withoutFirst(timePart))
    if (secondNames.includes(name)) return signature([stringType, timestampType], float64Type, withoutFirst(fractionalSecond))
    throw makeError('PLAN_INVALID_ARGUMENT', `extract() cannot take the field "${which.literal}" of a date or timestamp. Use year, quarter, month, week, day, dow, doy, hour, minute or second.`, {
      context: { field: which.literal },
      spark: 'INVALID_EXTRACT_FIELD',
    })
  },
}

/** Names as codes into a dictionary: no text per row. */
function nameFunction(name: string, doc: string, names: readonly string[], index: DayField): FunctionEntry {
  const kernel: Kernel = ([dates], length, validity) => {
    const dictionary = new VectorBuilder(stringType, names.length)
    for (const text of names) dictionary.appendString(text)
    const days = dates.values as Int32Array
    const civil = new Civil()
    const codes = new Int32Array(length)
    for (let i = 0; i < length; i++) codes[i] = index(days[i], civil)
    return dictionaryVector(codes, dictionary.finish(), length, validity)
  }
  return fixed({ name, usage: `${name}(date) -> string`, doc, safe: true, args: [dateType], result: stringType, kernel })
}

export const dateFieldFunctions: readonly FunctionEntry[] = [
  dateFunction('year', [], 'The year.', year),
  dateFunction('quarter', [], 'The quarter, 1 to 4.', quarter),
  dateFunction('month', [], 'The month, 1 to 12.', month),
  dateFunction('day', ['dayofmonth'], 'The day of the month.', day),
  dateFunction('dayofweek', [], 'The day of the week, 1 for Sunday to 7.', dayOfWeek),
  dateFunction('weekday', [], 'The day of the week, 0 for Monday to 6.', weekday),
  dateFunction('dayofyear', [], 'The day of the year, from 1.', dayOfYear),
  dateFunction('weekofyear', [], 'The ISO week: weeks start on Monday and belong to the year of their Thursday.', weekOfYear),
  timeFunction('hour', 'The hour in the session zone.', hour),
  timeFunction('minute', 'The minute in the session zone.', minute),
  timeFunction('second', 'The whole second.', second),
  extract,
  nameFunction('dayname', 'The short English name of the day, `Mon`.', dayNames.map(n => n.slice(0, 3)), weekday),
  nameFunction('monthname', 'The short English name of the month, `Jan`.', monthNames.map(n => n.slice(0, 3)), (days, civil) => month(days, civil) - 1),
  { ...dateFunction('unix_date', [], 'Days since 1970-01-01.', days => days), exact: true },
]
