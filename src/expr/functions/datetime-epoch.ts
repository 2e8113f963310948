import { type DataType, float64Type, int64Type, integerType, stringType, timestampType } from '../../columnar/data-type.ts'
import { floorDiv, microsPerSecond } from '../../columnar/text/civil.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import { Failures } from '../failures.ts'
import { timestampNotExact } from '../casts/time-casts.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { isCount, numbersOf } from './counts.ts'
import { fixed, isPresent, signature } from './define.ts'
import { timestampRows, zoneOfText } from './datetime-shared.ts'

/** Numbers since the epoch to timestamps and back, and the shifts between UTC and a zone. */
function fromWhole(name: string, factor: number, unit: string): FunctionEntry {
  const kernel: Kernel = ([values], length, validity) => {
    const numbers = numbersOf(values, length)
    // A product that has lost digits is not a multiple of the number any more.
    return timestampRows(length, validity, i => {
      const micros = numbers[i] * factor
      return Number.isSafeInteger(micros) || (Number.isSafeInteger(numbers[i]) && BigInt(numbers[i]) * BigInt(factor) === BigInt(micros)) ? micros : NaN
    })
  }
  return {
    name,
    arity: [1, 1],
    usage: `${name}(${unit}: bigint) -> timestamp`,
    doc: `The timestamp so many ${unit} after 1970-01-01 UTC.`,
    exact: true,
    resolve: ([arg]) => {
      if (factor === microsPerSecond && arg.type.kind === 'float64') return signature([float64Type], timestampType, fromDoubleSeconds, true)
      if (!isCount(arg)) return undefined
      const type: DataType = arg.type.kind === 'int64' ? int64Type : integerType
      return signature([type], timestampType, kernel)
    },
  }
}

/** Fractions below a microsecond are cut off; NaN and infinities are null. */
const fromDoubleSeconds: Kernel = ([values], length, validity) => {
  const seconds = values.values as Float64Array
  const out = new Float64Array(length)
  const nulls = new Failures(validity, length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    if (!Number.isFinite(seconds[i])) nulls.add(i)
    else {
      out[i] = Math.trunc(seconds[i] * microsPerSecond) + 0
      if (Math.abs(out[i]) >= 2 ** 63) throw timestampNotExact(`${seconds[i]} seconds`)
    }
  }
  return new Vector(timestampType, length, nulls.validity, out)
}

function toWhole(name: string, divisor: number, unit: string): FunctionEntry {
  return fixed({
    name,
    usage: `${name}(timestamp) -> bigint`,
    doc: `${unit} since 1970-01-01 UTC, rounded down.`,
    safe: true,
    exact: true,
    args: [timestampType],
    result: integerType,
    kernel: ([times], length, validity) => {
      const micros = times.values as Float64Array
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = floorDiv(micros[i], divisor)
      return new Vector(integerType, length, validity, out)
    },
  })
}

function shift(name: string, doc: string, f: (micros: number, zone: ReturnType<typeof requireZone>) => number): FunctionEntry {
  return {
    name,
    arity: [2, 2],
    usage: `${name}(timestamp, zone: string) -> timestamp`,
    doc,
    resolve: ([, zone]) => {
      if (typeof zone.literal === 'string') requireZone(zone.literal)
      return signature([timestampType, stringType], timestampType, ([times, zones]: readonly Vector[], length, validity) => {
        const micros = times.values as Float64Array
        const zoneAt = zoneOfText(zones)
        return timestampRows(length, validity, i => f(micros[i], zoneAt(i)))
      })
    },
  }
}

export const epochFunctions: readonly FunctionEntry[] = [
  fromWhole('timestamp_seconds', 1e6, 'seconds'),
  fromWhole('timestamp_millis', 1000, 'milliseconds'),
  fromWhole('timestamp_micros', 1, 'microseconds'),
  toWhole('unix_seconds', 1e6, 'Seconds'),
  toWhole('unix_millis', 1000, 'Milliseconds'),
  toWhole('unix_micros', 1, 'Microseconds'),
  shift('from_utc_timestamp', 'The instant at which UTC shows what the zone shows at the given one.', (micros, zone) => zone.toLocal(micros)),
  shift('to_utc_timestamp', 'The instant at which the zone shows what UTC shows at the given one.', (micros, zone) => zone.toInstant(micros)),
]
