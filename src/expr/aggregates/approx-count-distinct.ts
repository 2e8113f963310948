import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, float64Type, integerType } from '../../columnar/data-type.ts'
import { float64Vector } from '../../columnar/vector.ts'
import { hash64, rowHasher } from '../../columnar/xxhash64.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { invalidArgument, numberArgument, presentRows } from './define.ts'
import { HyperLogLog, precisionOf } from './hyperloglog.ts'

/** Up to here a sketch has at most 16 MiB. */
const maxPrecision = 24

function signatureOf(args: readonly DataType[], precision: number): AggregateSignature {
  const hll = new HyperLogLog(precision)
  return {
    args,
    result: integerType,
    nullable: false,
    buffers: ['bytes'],
    update([sketches], slots, vectors, length, include) {
      const value = vectors[0]
      const rows = presentRows([value], include, length)
      const hash = rowHasher(value)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        hash64.high = 0
        hash64.low = 42
        hash(i)
        hll.add(sketches, slot, hash64.high, hash64.low)
      }
    },
    merge([sketches], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) hll.merge(sketches, slots[i], from, fromSlots[i])
    },
    finish([sketches], slots, length) {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = hll.estimate(sketches, slots[i])
      return float64Vector(integerType, out)
    },
  }
}

export const approxCountDistinctAggregates: readonly AggregateEntry[] = [
  {
    name: 'approx_count_distinct',
    arity: [1, 2],
    usage: 'approx_count_distinct(value[, relativeError: number]) -> bigint',
    doc: 'About how many different values there are, null not counted; relativeError (0.05) is the standard error, at most 0.39.',
    resolve: args => {
      if (args[0].type.kind === 'vector') return undefined
      const rsd = args.length < 2 ? 0.05 : numberArgument(args[1])
      if (rsd === undefined) throw invalidArgument('approx_count_distinct', 'relativeError', args[1].literal, 'a constant number')
      const precision = precisionOf(rsd)
      if (!(precision >= 4 && precision <= maxPrecision)) throw invalidArgument('approx_count_distinct', 'relativeError', rsd, 'between 0.0003 and 0.39')
      return signatureOf(args.length < 2 ? [args[0].type] : [args[0].type, float64Type], precision)
    },
  },
]
