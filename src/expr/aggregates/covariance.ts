import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { type DataType, float64Type, integerType } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { asFloat64, divideByZero, numberResults, numericArgument, presentRows } from './define.ts'

/**
 * Aggregates over pairs of numbers; a row counts where both are present. One pass over co-moments, merged by the
 * formulas of Chan and Pébay, in Spark's order of operations. In regr_* the first argument is the dependent one.
 *
 * State: n · mean of x · mean of y · cxy = Σ(x − mx)(y − my) · m2 of x · m2 of y.
 */
export interface CoMoments {
  readonly n: number
  readonly meanX: number
  readonly meanY: number
  readonly cxy: number
  readonly m2x: number
  readonly m2y: number
}

function pairSignature(args: readonly DataType[], result: DataType, value: (s: CoMoments) => number | null): AggregateSignature {
  return {
    args,
    result,
    nullable: result.kind === 'float64',
    buffers: ['float64', 'float64', 'float64', 'float64', 'float64', 'float64'],
    update(state, slots, vectors, length, include) {
      const x = asFloat64(vectors[0], length)
      const y = asFloat64(vectors[1], length)
      const rows = presentRows(vectors, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot >= 0 && (rows === null || getBit(rows, i))) addPair(state, slot, x[i], y[i])
      }
    },
    merge(state, slots, from, fromSlots, length) {
      for (let i = 0; i < length; i++) addState(state, slots[i], from, fromSlots[i])
    },
    finish(state, slots, length) {
      return numberResults(result, slots, length, slot => value(momentsAt(state, slot)))
    },
  }
}

/**
 * Mean of one side over the pairs, as a sum over a count: nearer than a running mean, and it knows infinite numbers.
 *
 * State: n · Σ of the side.
 */
function meanSignature(args: readonly DataType[], side: 0 | 1): AggregateSignature {
  return {
    args,
    result: float64Type,
    nullable: true,
    buffers: ['float64', 'float64'],
    update([count, sum], slots, vectors, length, include) {
      const values = asFloat64(vectors[side], length)
      const rows = presentRows(vectors, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        count.float64[slot]++
        sum.float64[slot] += values[i]
      }
    },
    merge(state, slots, from, fromSlots, length) {
      for (let i = 0; i < length; i++) for (const k of [0, 1]) state[k].float64[slots[i]] += from[k].float64[fromSlots[i]]
    },
    finish([count, sum], slots, length) {
      return numberResults(float64Type, slots, length, slot => (count.float64[slot] === 0 ? null : sum.float64[slot] / count.float64[slot]))
    },
  }
}

function momentsAt(state: readonly BufferColumn[], slot: number): CoMoments {
  const [n, meanX, meanY, cxy, m2x, m2y] = state.map(b => b.float64[slot])
  return { n, meanX, meanY, cxy, m2x, m2y }
}

function addPair([count, xs, ys, cs, x2, y2]: readonly BufferColumn[], slot: number, x: number, y: number): void {
  const n = ++count.float64[slot]
  const dx = x - xs.float64[slot]
  const dy = y - ys.float64[slot]
  const meanX = (xs.float64[slot] += dx / n)
  const meanY = (ys.float64[slot] += dy / n)
  cs.float64[slot] += dx * (y - meanY)
  x2.float64[slot] += dx * (x - meanX)
  y2.float64[slot] += dy * (y - meanY)
}

function addState([count, xs, ys, cs, x2, y2]: readonly BufferColumn[], slot: number, from: readonly BufferColumn[], fromSlot: number): void {
  const n1 = count.float64[slot]
  const n2 = from[0].float64[fromSlot]
  if (n2 === 0) return
  const n = n1 + n2
  const dx = from[1].float64[fromSlot] - xs.float64[slot]
  const dy = from[2].float64[fromSlot] - ys.float64[slot]
  const dxN = dx / n
  const dyN = dy / n
  count.float64[slot] = n
  xs.float64[slot] += dxN * n2
  ys.float64[slot] += dyN * n2
  cs.float64[slot] += from[3].float64[fromSlot] + dx * dyN * n1 * n2
  x2.float64[slot] += from[4].float64[fromSlot] + dx * dxN * n1 * n2
  y2.float64[slot] += from[5].float64[fromSlot] + dy * dyN * n1 * n2
}

function correlation(s: CoMoments): number | null {
  if (s.n < 2) return null
  const spread = Math.sqrt(s.m2x * s.m2y)
  if (spread === 0) throw divideByZero('corr() of a group in which one side is constant', 'Leave such groups out with a filter on the aggregate.')
  return s.cxy / spread
}

/** Slope of y over x, where regr_*(y, x) puts y first: in the state y is "x" and x is "y". */
function slope(s: CoMoments): number | null {
  return s.n === 0 || s.m2y === 0 ? null : s.cxy / s.m2y
}

function pairEntry(name: string, doc: string, value: (s: CoMoments) => number | null, result: DataType = float64Type): AggregateEntry {
  return entryOf(name, doc, result, types => pairSignature(types, result, value))
}

function meanEntry(name: string, doc: string, side: 0 | 1): AggregateEntry {
  return entryOf(name, doc, float64Type, types => meanSignature(types, side))
}

function entryOf(name: string, doc: string, result: DataType, make: (types: readonly DataType[]) => AggregateSignature): AggregateEntry {
  return {
    name,
    arity: [2, 2],
    usage: `${name}(${name.startsWith('regr') ? 'y: number, x: number' : 'x: number, y: number'}) -> ${result.kind === 'float64' ? 'double' : 'bigint'}`,
    doc,
    resolve: args => {
      const types = args.map(a => numericArgument(a.type))
      return types.every(t => t !== undefined) ? make(types) : undefined
    },
  }
}

export const covarianceAggregates: readonly AggregateEntry[] = [
  pairEntry('covar_pop', 'Covariance of the whole population.', s => (s.n === 0 ? null : s.cxy / s.n)),
  pairEntry('covar_samp', 'Covariance of a sample; null for fewer than two pairs.', s => (s.n < 2 ? null : s.cxy / (s.n - 1))),
  pairEntry('corr', 'Pearson correlation; null for one pair, an error where one side is constant.', correlation),
  pairEntry('regr_count', 'Number of rows in which both numbers are present.', s => s.n, integerType),
  meanEntry('regr_avgx', 'Mean of x over the pairs.', 1),
  meanEntry('regr_avgy', 'Mean of y over the pairs.', 0),
  pairEntry('regr_sxx', 'Sum of squares of x around its mean.', s => (s.n === 0 ? null : s.m2y)),
  pairEntry('regr_syy', 'Sum of squares of y around its mean.', s => (s.n === 0 ? null : s.m2x)),
  pairEntry('regr_sxy', 'Sum of products of x and y around their means.', s => (s.n === 0 ? null : s.cxy)),
  pairEntry('regr_slope', 'Slope of the regression line of y over x; null where x is constant.', slope),
  pairEntry('regr_intercept', 'Where the regression line of y over x meets x = 0; null where x is constant.', s => {
    const k = slope(s)
    return k === null ? null : s.meanX - k * s.meanY
  }),
  pairEntry('regr_r2', 'Square of the correlation; null where x is constant, 1 where only y is.', s => {
    if (s.n === 0 || s.m2y === 0) return null
    return s.m2x === 0 ? 1 : (s.cxy / Math.sqrt(s.m2x * s.m2y)) ** 2
  }),
]
