import { makeError } from '../../common/errors.ts'
import { arrayType, type DataType, isIntegral } from '../../columnar/data-type.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { type Values, Vector } from '../../columnar/vector.ts'
import { microsPerDay } from '../../columnar/text/civil.ts'
import { commonTypeOf } from '../coercion.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { maxElements, tooManyElements } from './array-elements.ts'
import { plusDayTime } from './datetime-units.ts'
import { isPresent, signature } from './define.ts'

/** sequence(): whole numbers by a step, dates and timestamps by days. */
function countOf(start: number | bigint, stop: number | bigint, step: number | bigint): number {
  const fits = step > 0 ? start <= stop : step < 0 ? start >= stop : start === stop
  if (!fits) {
    throw makeError('EXPR_SEQUENCE_BOUNDS', `sequence() cannot go from ${start} to ${stop} by ${step}. Give a step of the other sign, or exchange the bounds.`, {
      context: { start: String(start), stop: String(stop), step: String(step) },
    })
  }
  if (start === stop) return 1
  return typeof start === 'bigint' ? Number((BigInt(stop) - start) / BigInt(step)) + 1 : Math.floor((Number(stop) - start) / Number(step)) + 1
}

/** The offsets of arrays with so many elements each, limited. */
function offsetsOf(length: number, validity: Uint8Array | null, count: (i: number) => number): Int32Array {
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    const size = isPresent(validity, i) ? count(i) : 0
    if (offsets[i] + size > maxElements) throw tooManyElements(offsets[i] + size)
    offsets[i + 1] = offsets[i] + size
  }
  return offsets
}

function wholeKernel(type: DataType): Kernel {
  return ([starts, stops, steps], length, validity) => {
    const [from, to, by] = [starts.values, stops.values, steps?.values] as unknown as (ArrayLike<number> | undefined)[] as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number> | undefined]
    const stepAt = (i: number): number => by?.[i] ?? (from[i] <= to[i] ? 1 : -1)
    const offsets = offsetsOf(length, validity, i => countOf(from[i], to[i], stepAt(i)))
    const out = type.kind === 'integer' ? new Float64Array(offsets[length]) : new Int32Array(offsets[length])
    for (let i = 0; i < length; i++) {
      const size = offsets[i + 1] - offsets[i]
      const step = size === 0 ? 0 : stepAt(i)
      for (let k = 0; k < size; k++) out[offsets[i] + k] = from[i] + k * step
    }
    return arrays(type, length, validity, offsets, out)
  }
}

function int64Kernel(type: DataType): Kernel {
  return ([starts, stops, steps], length, validity) => {
    const from = starts.values as BigInt64Array
    const to = stops.values as BigInt64Array
    const by = steps?.values as BigInt64Array | undefined
    const stepAt = (i: number): bigint => by?.[i] ?? (from[i] <= to[i] ? 1n : -1n)
    const offsets = offsetsOf(length, validity, i => countOf(from[i], to[i], stepAt(i)))
    const out = new BigInt64Array(offsets[length])
    for (let i = 0; i < length; i++) {
      if (offsets[i] === offsets[i + 1]) continue
      const step = stepAt(i)
      for (let at = offsets[i], value = from[i]; at < offsets[i + 1]; at++, value += step) out[at] = value
    }
    return arrays(type, length, validity, offsets, out)
  }
}

/** Days of local time, so that every element shows the same clock. */
function timestampKernel(type: DataType): Kernel {
  return ([starts, stops], length, validity, context) => {
    const from = starts.values as Float64Array
    const to = stops.values as Float64Array
    const zone = requireZone(context.timeZone)
    const rows: number[] = []
    const offsets = offsetsOf(length, validity, i => {
      const before = rows.length
      const sign = from[i] <= to[i] ? 1 : -1
      if (Math.abs(to[i] - from[i]) / microsPerDay > maxElements) throw tooManyElements(Math.abs(to[i] - from[i]) / microsPerDay)
      for (let k = 0, t = from[i]; (to[i] - t) * sign >= 0; t = plusDayTime(from[i], sign * ++k * microsPerDay, zone)) rows.push(t)
      return rows.length - before
    })
    return arrays(type, length, validity, offsets, Float64Array.from(rows))
  }
}

function arrays(element: DataType, length: number, validity: Uint8Array | null, offsets: Int32Array, values: Values): Vector {
  return new Vector(arrayType(element, false), length, validity, null, offsets, [new Vector(element, offsets[length], null, values)])
}

function kernelOf(type: DataType): Kernel {
  return type.kind === 'int64' ? int64Kernel(type) : type.kind === 'timestamp' ? timestampKernel(type) : wholeKernel(type)
}

export const sequenceFunctions: readonly FunctionEntry[] = [
  {
    name: 'sequence',
    arity: [2, 3],
    usage: 'sequence(start, stop[, step]) -> array (whole numbers, or dates or timestamps without a step)',
    doc: 'The values from start to stop, both included: whole numbers by a step of 1 or −1 unless given, dates and timestamps day by day.',
    mismatch: () => 'SEQUENCE_WRONG_INPUT_TYPES',
    resolve: args => {
      const type = commonTypeOf(args.map(a => a.type))
      if (type === undefined) return undefined
      const timely = type.kind === 'date' || type.kind === 'timestamp'
      if (!isIntegral(type) && !(timely && args.length === 2 && args.every(a => a.type.kind === type.kind))) return undefined
      return signature(args.map(() => type), arrayType(type, false), kernelOf(type))
    },
  },
]
