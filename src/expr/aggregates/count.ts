import { getBit } from '../../columnar/bitmap.ts'
import { booleanType, integerType } from '../../columnar/data-type.ts'
import { float64Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { presentRows } from './define.ts'

/** Rows whose arguments are all present (`count(1)` or `count()`: every row), for count_if those where it is true. */
function countSignature(args: AggregateSignature['args'], onlyTrue: boolean): AggregateSignature {
  return {
    args,
    result: integerType,
    nullable: false,
    buffers: ['float64'],
    update([n], slots, vectors, length, include) {
      const counts = n.float64
      const rows = presentRows(vectors, include, length)
      const bits = onlyTrue && vectors[0].type.kind === 'boolean' ? (vectors[0].values as Uint8Array) : null
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i)) || (bits !== null && !getBit(bits, i))) continue
        counts[slot]++
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
    resolve: args => countSignature(args.map(a => a.type), false),
  },
  {
    name: 'count_if',
    arity: [1, 1],
    usage: 'count_if(condition: boolean) -> bigint',
    doc: 'Number of rows in which the condition is true.',
    resolve: ([condition]) => (condition.type.kind === 'boolean' || condition.type.kind === 'null' ? countSignature([booleanType], true) : undefined),
  },
]
