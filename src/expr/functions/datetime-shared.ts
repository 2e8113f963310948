import { makeError, type MillraceError } from '../../common/errors.ts'
import { type DataType, dateType, int32Type, timestampType } from '../../columnar/data-type.ts'
import { Civil } from '../../columnar/text/civil.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { BytesReader, Vector } from '../../columnar/vector.ts'
import { timestampNotExact } from '../casts/time-casts.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { isPresent, fixed, StringReader } from './define.ts'

/**
 * Reads what a text argument stands for (a unit, a pattern, a zone): worked out once for each entry of a dictionary,
 * which is what a literal is, and once for each run of equal texts otherwise.
 */
export function byText<T>(v: Vector, meaning: (text: string) => T): (i: number) => T {
  const reader = new StringReader(v)
  if (v.dictionary !== null) {
    const codes = new BytesReader(v)
    const known: T[] = []
    return i => {
      const code = codes.index(i)
      if (!(code in known)) known[code] = meaning(reader.at(i))
      return known[code]
    }
  }
  let text: string | undefined
  let last: T | undefined
  return i => {
    const next = reader.at(i)
    if (next !== text) {
      last = meaning(next)
      text = next
    }
    return last as T
  }
}

export const zoneOfText = (v: Vector): ((i: number) => Zone) => byText(v, requireZone)

/** A date in, a whole number or a date out; `f` gets the day number and a scratch for taking it apart. */
export function daysKernel(result: DataType, f: (days: number, civil: Civil) => number): Kernel {
  return ([dates], length, validity) => {
    const days = dates.values as Int32Array
    const civil = new Civil()
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) out[i] = f(days[i], civil)
    return new Vector(result, length, validity, out)
  }
}

export function dateFunction(name: string, aliases: readonly string[], doc: string, f: (days: number, civil: Civil) => number, result: DataType = int32Type): FunctionEntry {
  return fixed({ name, aliases, usage: `${name}(date) -> ${result.kind === 'date' ? 'date' : 'int'}`, doc, safe: true, args: [dateType], result, kernel: daysKernel(result, f) })
}

/** Computes a timestamp per present row from its position; a result that is not a number is refused as not exact. */
export function timestampRows(length: number, validity: Uint8Array | null, f: (i: number) => number): Vector {
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const micros = f(i)
    if (!Number.isFinite(micros)) throw timestampNotExact('the result')
    out[i] = micros
  }
  return new Vector(timestampType, length, validity, out)
}

export function fieldOutOfBounds(what: string): MillraceError {
  return makeError('EXPR_DATETIME_FIELD', `${what} do not make a date or time. Correct the values, or use the try_ function to get null instead.`, { context: { what } })
}
