import { concat } from '../../columnar/concat.ts'
import { type DataType, isOrderable } from '../../columnar/data-type.ts'
import { take } from '../../columnar/take.ts'
import { isNullAt, nullVector } from '../../columnar/vector.ts'
import { commonTypeOf, mixesText } from '../coercion.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { rowComparator } from './comparison.ts'
import { signature } from './define.ts'

/** The largest (sign 1) or smallest (sign −1) argument of each row, nulls passed over. */
function extremeKernel(type: DataType, sign: 1 | -1): Kernel {
  return (args, length) => {
    if (type.kind === 'null') return nullVector(type, length)
    // All arguments one after the other: a row is then an index into them, and one comparator does for all pairs.
    const all = concat(type, args)
    const compare = rowComparator(all, all)
    const where = new Int32Array(length)
    for (let i = 0; i < length; i++) {
      let best = -1
      for (let k = 0; k < args.length; k++) {
        const at = k * length + i
        if (!isNullAt(all, at) && (best < 0 || compare(at, best) * sign > 0)) best = at
      }
      where[i] = best
    }
    return take(all, where)
  }
}

function extreme(name: string, sign: 1 | -1, doc: string): FunctionEntry {
  return {
    name,
    arity: [2, Infinity],
    usage: `${name}(value, value, ...)`,
    doc,
    nulls: 'own',
    safe: true,
    mismatch: () => 'DATA_DIFF_TYPES',
    resolve: args => {
      // Unlike in a comparison, text does not become a number or a time here.
      if (args.some(a => mixesText(a.type, args[0].type))) return undefined
      const type = commonTypeOf(args.map(a => a.type))
      if (type === undefined || !isOrderable(type)) return undefined
      return signature(args.map(() => type), type, extremeKernel(type, sign), args.every(a => a.nullable))
    },
  }
}

export const extremeFunctions: readonly FunctionEntry[] = [
  extreme('greatest', 1, 'The largest of the arguments; nulls are passed over, NaN is the largest number.'),
  extreme('least', -1, 'The smallest of the arguments; nulls are passed over.'),
]
