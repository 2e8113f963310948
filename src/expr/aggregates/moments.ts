import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { float64Type } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { asFloat64, numberResults, numericArgument, presentRows } from './define.ts'

/**
 * Variance, deviation, skewness and kurtosis by central moments in one pass, with Spark's order of operations: the last
 * digits depend on it. Two states are merged by the formulas of Chan and Pébay.
 *
 * State: n · mean · m2 = Σ(x − mean)² · m3 · m4, as many as the highest moment needs.
 */
type Order = 2 | 3 | 4

function momentSignature(type: AggregateSignature['args'][number], order: Order, result: (n: number, m2: number, m3: number, m4: number) => number | null): AggregateSignature {
  const buffers: AggregateSignature['buffers'] = Array.from({ length: order + 1 }, () => 'float64' as const)
  return {
    args: [type],
    result: float64Type,
    nullable: true,
    buffers,
    update(state, slots, args, length, include) {
      const x = asFloat64(args[0], length)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot >= 0 && (rows === null || getBit(rows, i))) addValue(state, order, slot, x[i])
      }
    },
    merge(state, slots, from, fromSlots, length) {
      for (let i = 0; i < length; i++) addState(state, order, slots[i], from, fromSlots[i])
    },
    finish(state, slots, length) {
      return numberResults(float64Type, slots, length, slot => result(at(state, 0, slot), at(state, 2, slot), at(state, 3, slot), at(state, 4, slot)))
    },
  }
}

function at(state: readonly BufferColumn[], k: number, slot: number): number {
  return k < state.length ? state[k].float64[slot] : 0
}

function addValue(state: readonly BufferColumn[], order: Order, slot: number, x: number): void {
  const n = ++state[0].float64[slot]
  const mean = state[1].float64
  const delta = x - mean[slot]
  const deltaN = delta / n
  mean[slot] += deltaN
  const m2 = state[2].float64
  m2[slot] += delta * (delta - deltaN)
  if (order === 2) return
  const m3 = state[3].float64
  const delta2 = delta * delta
  const deltaN2 = deltaN * deltaN
  m3[slot] = m3[slot] - 3 * deltaN * m2[slot] + delta * (delta2 - deltaN2)
  if (order === 3) return
  const m4 = state[4].float64
  m4[slot] = m4[slot] - 4 * deltaN * m3[slot] - 6 * deltaN2 * m2[slot] + delta * (delta * delta2 - deltaN * deltaN2)
}

function addState(state: readonly BufferColumn[], order: Order, slot: number, from: readonly BufferColumn[], fromSlot: number): void {
  const n1 = state[0].float64[slot]
  const n2 = from[0].float64[fromSlot]
  if (n2 === 0) return
  const n = n1 + n2
  const delta = from[1].float64[fromSlot] - state[1].float64[slot]
  const deltaN = delta / n
  const [m2, m2r] = [state[2].float64[slot], from[2].float64[fromSlot]]
  if (order >= 3) {
    const [m3, m3r] = [state[3].float64[slot], from[3].float64[fromSlot]]
    if (order === 4) {
      state[4].float64[slot] +=
        from[4].float64[fromSlot] +
        deltaN * deltaN * deltaN * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
        6 * deltaN * deltaN * (n1 * n1 * m2r + n2 * n2 * m2) +
        4 * deltaN * (n1 * m3r - n2 * m3)
    }
    state[3].float64[slot] = m3 + m3r + deltaN * deltaN * delta * n1 * n2 * (n1 - n2) + 3 * deltaN * (n1 * m2r - n2 * m2)
  }
  state[0].float64[slot] = n
  state[1].float64[slot] += deltaN * n2
  state[2].float64[slot] = m2 + m2r + delta * deltaN * n1 * n2
}

function momentEntry(name: string, aliases: readonly string[], doc: string, order: Order, result: (n: number, m2: number, m3: number, m4: number) => number | null): AggregateEntry {
  return {
    name,
    aliases,
    arity: [1, 1],
    usage: `${name}(value: number) -> double`,
    doc,
    resolve: ([value]) => {
      const type = numericArgument(value.type)
      return type === undefined ? undefined : momentSignature(type, order, result)
    },
  }
}

const variancePop = (n: number, m2: number): number | null => (n === 0 ? null : m2 / n)
const varianceSamp = (n: number, m2: number): number | null => (n < 2 ? null : m2 / (n - 1))
const root = (r: number | null): number | null => (r === null ? null : Math.sqrt(r))

export const momentAggregates: readonly AggregateEntry[] = [
  momentEntry('stddev', ['stddev_samp', 'std'], 'Standard deviation of a sample; null for fewer than two values.', 2, (n, m2) => root(varianceSamp(n, m2))),
  momentEntry('stddev_pop', [], 'Standard deviation of the whole population.', 2, (n, m2) => root(variancePop(n, m2))),
  momentEntry('variance', ['var_samp'], 'Variance of a sample; null for fewer than two values.', 2, varianceSamp),
  momentEntry('var_pop', [], 'Variance of the whole population.', 2, variancePop),
  momentEntry('skewness', [], 'Skewness of the population; null when all values are equal.', 3, (n, m2, m3) =>
    n === 0 || m2 === 0 ? null : (Math.sqrt(n) * m3) / Math.sqrt(m2 * m2 * m2),
  ),
  momentEntry('kurtosis', [], 'Excess kurtosis of the population; null when all values are equal.', 4, (n, m2, _m3, m4) =>
    n === 0 || m2 === 0 ? null : (n * m4) / (m2 * m2) - 3,
  ),
]
