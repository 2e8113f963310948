import { makeError } from '../../common/errors.ts'
import { int32Type, int64Type, integerType, stringType, timestampType } from '../../columnar/data-type.ts'
import { addMonths, Civil, exactSum, floorDiv, floorMod, microsPerDay, microsPerSecond } from '../../columnar/text/civil.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel, ResolvedArgument } from '../function-table.ts'
import { overflow } from './arithmetic.ts'
import { numbersOf } from './counts.ts'
import { isPresent, signature } from './define.ts'
import { byText, timestampRows } from './datetime-shared.ts'

/** timestampadd() and timestampdiff(): a unit either has a length in months or one in microseconds. */
interface Unit {
  readonly months: number
  readonly micros: number
}

const days = (n: number): Unit => ({ months: 0, micros: n * microsPerDay })
const micros = (n: number): Unit => ({ months: 0, micros: n })
const months = (n: number): Unit => ({ months: n, micros: 0 })

const units: ReadonlyMap<string, Unit> = new Map([
  ['microsecond', micros(1)], ['millisecond', micros(1000)], ['second', micros(microsPerSecond)], ['minute', micros(60e6)], ['hour', micros(3600e6)],
  ['day', days(1)], ['dayofyear', days(1)], ['week', days(7)], ['month', months(1)], ['quarter', months(3)], ['year', months(12)],
])

type UnitOf = (text: string) => Unit

const unitToAdd: UnitOf = text => {
  const unit = units.get(text.toLowerCase())
  if (unit === undefined) throw noUnit(text)
  return unit
}

/** A day of the year is a unit to add, but not one to count in. */
const unitBetween: UnitOf = text => {
  if (text.toLowerCase() === 'dayofyear') throw noUnit(text)
  return unitToAdd(text)
}

function noUnit(text: string): Error {
  return makeError('EXPR_INVALID_ARGUMENT', `"${text}" is no unit of time here. Use year, quarter, month, week, day, hour, minute, second, millisecond or microsecond.`, {
    context: { unit: text },
    spark: 'INVALID_PARAMETER_VALUE.DATETIME_UNIT',
  })
}

/** The same local time so many months later. */
export function plusMonths(instant: number, count: number, zone: Zone, civil: Civil): number {
  const local = zone.toLocal(instant)
  const day = floorDiv(local, microsPerDay)
  const moved = exactSum(addMonths(day, count, civil) * microsPerDay, local - day * microsPerDay)
  return zone.toInstant(moved, (local - instant) / microsPerSecond)
}

/** Whole days in local time (24 hours or not), then the rest as elapsed time: what adding a day-time interval means. */
export function plusDayTime(instant: number, more: number, zone: Zone): number {
  const rest = more % microsPerDay
  const whole = more - rest
  if (whole === 0 || zone.fixed !== null) return exactSum(instant, more)
  const local = zone.toLocal(instant)
  return exactSum(zone.toInstant(exactSum(local, whole), (local - instant) / microsPerSecond), rest)
}

/** Days from the epoch to the last timestamp of 64 bits. */
const maxDays = 106_751_991

function datetimeOverflow(what: string): Error {
  return makeError('EXPR_ARITHMETIC_OVERFLOW', `${what} lies beyond the last timestamp. Add less.`, { context: { what }, spark: 'DATETIME_OVERFLOW' })
}

const addKernel: Kernel = ([unitText, counts, times], length, validity, context) => {
  const instants = times.values as Float64Array
  const amounts = numbersOf(counts, length)
  const zone = requireZone(context.timeZone)
  const unit = byText(unitText, unitToAdd)
  const civil = new Civil()
  return timestampRows(length, validity, i => {
    const { months: m, micros: u } = unit(i)
    const more = amounts[i] * u
    const days = m === 0 ? (instants[i] + more) / microsPerDay : addMonths(floorDiv(instants[i], microsPerDay), amounts[i] * m, civil)
    if (Math.abs(days) > maxDays) throw datetimeOverflow(`timestampadd() of ${amounts[i]} units`)
    if (m !== 0) return plusMonths(instants[i], amounts[i] * m, zone, civil)
    return plusDayTime(instants[i], more, zone)
  })
}

/** Whole units from one local time to another, cut towards zero; not a number where float64 cannot hold them. */
function between(from: number, to: number, unit: Unit, civil: Civil): number {
  const fromDay = floorDiv(from, microsPerDay)
  const fromRest = floorMod(from, microsPerDay)
  let toDay = floorDiv(to, microsPerDay)
  let rest = floorMod(to, microsPerDay) - fromRest
  // The rest gets the sign of the days, so that cutting both cuts the whole.
  if (toDay > fromDay && rest < 0) {
    toDay--
    rest += microsPerDay
  } else if (toDay < fromDay && rest > 0) {
    toDay++
    rest -= microsPerDay
  }
  if (unit.months === 0) {
    const distance = toDay - fromDay
    if (unit.micros >= microsPerDay) return Math.trunc(distance / (unit.micros / microsPerDay)) + 0
    return exactSum(distance * (microsPerDay / unit.micros), Math.trunc(rest / unit.micros) + 0)
  }
  civil.setDays(fromDay)
  const start = (civil.year * 12 + civil.month) * 32 + civil.day
  civil.setDays(toDay)
  const end = (civil.year * 12 + civil.month) * 32 + civil.day
  return Math.trunc(Math.trunc((end - start) / 32) / unit.months) + 0
}

const diffKernel: Kernel = ([unitText, starts, ends], length, validity, context) => {
  const a = starts.values as Float64Array
  const b = ends.values as Float64Array
  const zone = requireZone(context.timeZone)
  const unit = byText(unitText, unitBetween)
  const civil = new Civil()
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    out[i] = between(zone.toLocal(a[i]), zone.toLocal(b[i]), unit(i), civil)
    if (out[i] !== out[i]) throw overflow('timestampdiff()')
  }
  return new Vector(integerType, length, validity, out)
}

function checkUnit(arg: ResolvedArgument, unitOf: UnitOf): boolean {
  // A literal is checked while the query is built.
  if (typeof arg.literal === 'string') unitOf(arg.literal)
  return arg.type.kind === 'string'
}

export const timestampAdd: FunctionEntry = {
  name: 'timestampadd',
  arity: [3, 3],
  usage: 'timestampadd(unit: string, count: int, timestamp) -> timestamp',
  doc: 'The timestamp so many units later: months and days in local time, the rest as elapsed time.',
  resolve: ([unit, count]) => {
    if (!checkUnit(unit, unitToAdd) || count.type.kind === 'boolean') return undefined
    const whole = count.type.kind === 'int64' ? int64Type : count.type.kind === 'integer' ? integerType : int32Type
    return signature([stringType, whole, timestampType], timestampType, addKernel)
  },
}

export const timestampDiff: FunctionEntry = {
  name: 'timestampdiff',
  arity: [3, 3],
  usage: 'timestampdiff(unit: string, start: timestamp, end: timestamp) -> bigint',
  doc: 'Whole units from start to end in local time, cut towards zero.',
  resolve: ([unit]) => (checkUnit(unit, unitBetween) ? signature([stringType, timestampType, timestampType], integerType, diffKernel) : undefined),
}
