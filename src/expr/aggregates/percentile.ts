import { VectorBuilder } from '../../columnar/builder.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { arrayType, type DataType, float64Type } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import type { ResolvedArgument } from '../function-table.ts'
import { asFloat64, constantNumber, invalidArgument, numericArgument, presentRows } from './define.ts'
import { ByteSink, readFloat64 } from './value-encoding.ts'

/**
 * Exact percentiles: position p · (n − 1) among the sorted values, between two of them by linear interpolation
 * (percentile_disc: the first value at or below which lies a share p of the values). NaN is the largest value.
 *
 * State: one `bytes` slot with the values as float64, in the order of rows, null while there is none. It grows with
 * the group: for a large one use an approximation.
 */
type Pick = (sorted: Float64Array, p: number) => number

function percentileSignature(args: readonly DataType[], shares: readonly number[], asArray: boolean, pick: Pick): AggregateSignature {
  const result = asArray ? arrayType(float64Type, false) : float64Type
  return {
    args,
    result,
    nullable: true,
    buffers: ['bytes'],
    update([values], slots, vectors, length, include) {
      const x = asFloat64(vectors[0], length)
      const rows = presentRows([vectors[0]], include, length)
      const sink = new ByteSink()
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        sink.length = 0
        sink.float64(x[i])
        values.appendBytes(slot, sink.bytes, 0, 8)
      }
    },
    merge([values], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        if (arena !== null) values.appendBytes(slots[i], arena, 0, from.byteLengths[fromSlots[i]])
      }
    },
    finish([values], slots, length) {
      const out = new VectorBuilder(result, Math.max(8, length))
      for (let i = 0; i < length; i++) {
        const arena = values.arenas[slots[i]]
        if (arena === null) {
          out.appendNull()
          continue
        }
        const sorted = sortedValues(arena, values.byteLengths[slots[i]])
        if (asArray) {
          for (const p of shares) out.children[0].appendFloat64(pick(sorted, p))
          out.appendList()
        } else out.appendFloat64(pick(sorted, shares[0]))
      }
      return out.finish()
    },
  }
}

function sortedValues(arena: Uint8Array, used: number): Float64Array {
  const out = new Float64Array(used / 8)
  for (let i = 0; i < out.length; i++) out[i] = readFloat64(arena, i * 8)
  return out.sort()
}

function interpolated(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.ceil(position)
  if (below === above || sorted[below] === sorted[above]) return sorted[below]
  return (above - position) * sorted[below] + (position - below) * sorted[above]
}

function discrete(sorted: Float64Array, p: number): number {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
}

/** A constant share, or a constant array of them. */
function sharesOf(name: string, arg: ResolvedArgument): { shares: readonly number[]; asArray: boolean } {
  const asArray = Array.isArray(arg.literal)
  const items = asArray ? (arg.literal as readonly unknown[]) : [arg.literal]
  const shares = items.map(item => {
    const p = constantNumber(item)
    if (p === undefined || !(p >= 0 && p <= 1)) throw invalidArgument(name, 'percentage', arg.literal, 'a constant between 0 and 1, or an array of them')
    return p
  })
  return { shares, asArray }
}

function percentileEntry(name: string, aliases: readonly string[], doc: string, pick: Pick): AggregateEntry {
  return {
    name,
    aliases,
    arity: [2, 2],
    usage: `${name}(value: number, percentage: number | array) -> double | array<double>`,
    doc,
    resolve: ([value, percentage]) => {
      const type = numericArgument(value.type)
      if (type === undefined) return undefined
      const { shares, asArray } = sharesOf(name, percentage)
      return percentileSignature([type, percentage.type], shares, asArray, pick)
    },
  }
}

export const percentileAggregates: readonly AggregateEntry[] = [
  percentileEntry('percentile', ['percentile_cont'], 'Exact percentile of the values that are not null, interpolated; keeps all values of a group.', interpolated),
  percentileEntry('percentile_disc', [], 'Exact percentile that is one of the values; keeps all values of a group.', discrete),
  {
    name: 'median',
    arity: [1, 1],
    usage: 'median(value: number) -> double',
    doc: 'Exact median of the values that are not null; keeps all values of a group.',
    resolve: ([value]) => {
      const type = numericArgument(value.type)
      return type === undefined ? undefined : percentileSignature([type], [0.5], false, interpolated)
    },
  },
]
