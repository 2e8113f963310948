import { getBit } from '../../columnar/bitmap.ts'
import { float64Type } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { asFloat64, numericArgument, presentRows, validWhere } from './define.ts'

/** The mean as a double. State: sum as float64 · number of values. */
function avgSignature(type: AggregateSignature['args'][number]): AggregateSignature {
  return {
    args: [type],
    result: float64Type,
    nullable: true,
    buffers: ['float64', 'float64'],
    update([sums, counts], slots, args, length, include) {
      const sum = sums.float64
      const n = counts.float64
      const x = asFloat64(args[0], length)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        sum[slot] += x[i]
        n[slot]++
      }
    },
    merge([sums, counts], slots, [fromSums, fromCounts], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        sums.float64[slots[i]] += fromSums.float64[fromSlots[i]]
        counts.float64[slots[i]] += fromCounts.float64[fromSlots[i]]
      }
    },
    finish([sums, counts], slots, length) {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = sums.float64[slots[i]] / counts.float64[slots[i]]
      return new Vector(float64Type, length, validWhere(length, i => counts.float64[slots[i]] > 0), out)
    },
  }
}

function avgEntry(name: string, aliases: readonly string[], doc: string): AggregateEntry {
  return {
    name,
    aliases,
    arity: [1, 1],
    usage: `${name}(value: number) -> double`,
    doc,
    resolve: ([value]) => {
      const type = numericArgument(value.type)
      return type === undefined ? undefined : avgSignature(type)
    },
  }
}

export const avgAggregates: readonly AggregateEntry[] = [
  avgEntry('avg', ['mean'], 'Mean of the values that are not null, computed as a double.'),
  avgEntry('try_avg', [], 'The same as avg(): the mean of numbers that are no decimals cannot overflow.'),
]
