import { makeError } from '../../common/errors.ts'
import { type DataType, dateType, float64Type, int32Type, stringType, timestampType } from '../../columnar/data-type.ts'
import { daysFromCivil, isValidDate, microsOfSeconds, microsPerSecond, secondsPerDay } from '../../columnar/text/civil.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import { Failures } from '../failures.ts'
import { timestampNotExact } from '../casts/time-casts.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { overflow } from './arithmetic.ts'
import { isPresent, signature } from './define.ts'
import { fieldOutOfBounds, zoneOfText } from './datetime-shared.ts'

/** Years that have a name at all; a date holds those to 5,881,580. */
const maxYear = 999_999_999
/** Seconds are decimals of sixteen digits, six of them behind the point. */
const maxSeconds = 1e10

const makeDate: Kernel = ([years, months, days], length, validity) => {
  const [y, m, d] = [years, months, days].map(v => v.values as Int32Array)
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    if (Math.abs(y[i]) > maxYear || !isValidDate(y[i], m[i], d[i])) throw fieldOutOfBounds(`Year ${y[i]}, month ${m[i]} and day ${d[i]}`)
    const day = daysFromCivil(y[i], m[i], d[i])
    out[i] = day
    if (out[i] !== day) throw overflow(`make_date(${y[i]}, ${m[i]}, ${d[i]}) (date)`)
  }
  return new Vector(dateType, length, validity, out)
}

/** Seconds may be 60 where they have no fraction: the next minute. */
function makeTimestamp(attempt: boolean): Kernel {
  return (args, length, validity, context) => {
    const [y, mo, d, h, mi] = args.map(v => v.values as Int32Array)
    const seconds = args[5].values as Float64Array
    const session = requireZone(context.timeZone)
    const zone = args.length === 7 ? zoneOfText(args[6]) : () => session
    const out = new Float64Array(length)
    const nulls = new Failures(validity, length)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      if (!Number.isFinite(seconds[i])) {
        nulls.add(i)
        continue
      }
      if (Math.abs(seconds[i]) >= maxSeconds) throw secondsOutOfRange(seconds[i])
      const micros = Math.round(seconds[i] * microsPerSecond)
      const valid = isValidDate(y[i], mo[i], d[i]) && h[i] >= 0 && h[i] < 24 && mi[i] >= 0 && mi[i] < 60 && micros >= 0 && micros <= 60 * microsPerSecond
      if (!valid) {
        if (!attempt) throw micros > 60 * microsPerSecond && micros < 61 * microsPerSecond ? fractionOf60(seconds[i]) : fieldOutOfBounds(`${y[i]}-${mo[i]}-${d[i]} ${h[i]}:${mi[i]}:${seconds[i]}`)
        nulls.add(i)
        continue
      }
      const whole = Math.floor(micros / microsPerSecond)
      const local = daysFromCivil(y[i], mo[i], d[i]) * secondsPerDay + h[i] * 3600 + mi[i] * 60 + whole
      out[i] = microsOfSeconds(local - zone(i).offsetOfLocal(local), micros - whole * microsPerSecond)
      if (out[i] === out[i]) continue
      if (!attempt) throw timestampNotExact(`${y[i]}-${mo[i]}-${d[i]} ${h[i]}:${mi[i]}:${seconds[i]}`)
      nulls.add(i)
    }
    return new Vector(timestampType, length, nulls.validity, out)
  }
}

function secondsOutOfRange(seconds: number): Error {
  return makeError('EXPR_DATETIME_FIELD', `${seconds} seconds are beyond what a minute is given in (ten digits). Correct the value.`, {
    context: { seconds },
    spark: 'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
  })
}

function fractionOf60(seconds: number): Error {
  return makeError('EXPR_DATETIME_FIELD', `A minute has no second ${seconds}: 60 is only allowed without a fraction. Correct the value, or use tryMakeTimestamp() to get null instead.`, {
    context: { seconds },
    spark: 'INVALID_FRACTION_OF_SECOND',
  })
}

function timestampMaker(name: string, aliases: readonly string[], attempt: boolean): FunctionEntry {
  return {
    name,
    aliases,
    arity: [6, 7],
    usage: `${name}(year, month, day, hour, minute: int, second: double[, zone: string]) -> timestamp`,
    doc: `The instant of a local time in the given zone or the session's${attempt ? '; null where the numbers make none' : ''}.`,
    resolve: args => {
      const types: DataType[] = [int32Type, int32Type, int32Type, int32Type, int32Type, float64Type, stringType]
      return signature(types.slice(0, args.length), timestampType, makeTimestamp(attempt), true)
    },
  }
}

export const makeDateFunctions: readonly FunctionEntry[] = [
  {
    name: 'make_date',
    arity: [3, 3],
    usage: 'make_date(year: int, month: int, day: int) -> date',
    doc: 'The date of three numbers; raises where they make none.',
    resolve: () => signature([int32Type, int32Type, int32Type], dateType, makeDate),
  },
  timestampMaker('make_timestamp', ['make_timestamp_ltz'], false),
  timestampMaker('try_make_timestamp', ['try_make_timestamp_ltz'], true),
]
