import { getBit } from '../../columnar/bitmap.ts'
import { integerType } from '../../columnar/data-type.ts'
import { float64Vector, isNullAt } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'

/** Rows whose arguments are all present; count(1) or count() counts every row. */
function countSignature(args: AggregateSignature['args']): AggregateSignature {
  return {
    args,
    result: integerType,
    nullable: false,
    buffers: ['float64'],
    update([n], slots, vectors, length, include) {
      const counts = n.float64
      const checked = vectors.filter(v => v.validity !== null || v.type.kind === 'null')
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (include !== null && !getBit(include, i))) continue
        let present = true
        for (const v of checked) if (isNullAt(v, i)) present = false
        if (present) counts[slot]++
      }
    },
    merge([n], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) n.float64[slots[i]] += from.float64[fromSlots[i]]
    },
    finish([n], slots, length) {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = n.float64[slots[i]]
      return float64Vector(integerType, out)
    },
  }
}

export const countAggregates: readonly AggregateEntry[] = [
  {
    name: 'count',
    arity: [0, Infinity],
    usage: 'count(value, ...) -> bigint',
    doc: 'Number of rows in which no argument is null; of all rows without arguments.',
    resolve: args => countSignature(args.map(a => a.type)),
  },
]
