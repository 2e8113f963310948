import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, float64Type, int64Type, integerType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { asFloat64, lanes, numericArgument, presentRows, sumOverflow, validWhere } from './define.ts'

/**
 * sum: whole numbers give `integer` (int64 where the argument is int64), exact, and raise when a running sum leaves the
 * type; try_sum gives null then, whatever comes after. A group without values is null.
 *
 * State: the sum · whether there was a value · (try_sum of whole numbers) whether it overflowed.
 */
const maxSafe = Number.MAX_SAFE_INTEGER

function sumSignature(type: DataType, attempt: boolean): AggregateSignature {
  if (type.kind === 'float64') return floatSum(type)
  return type.kind === 'int64' ? int64Sum(type, attempt) : integerSum(type, attempt)
}

function floatSum(type: DataType): AggregateSignature {
  return {
    args: [type],
    result: float64Type,
    nullable: true,
    buffers: ['float64', 'boolean'],
    update([sums, seen], slots, args, length, include) {
      const sum = sums.float64
      const has = seen.boolean
      const x = asFloat64(args[0], length)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        sum[slot] += x[i]
        has[slot] = 1
      }
    },
    merge([sums, seen], slots, [fromSums, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        if (fromSeen.boolean[fromSlots[i]] === 0) continue
        sums.float64[slots[i]] += fromSums.float64[fromSlots[i]]
        seen.boolean[slots[i]] = 1
      }
    },
    finish([sums, seen], slots, length) {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = sums.float64[slots[i]]
      return new Vector(float64Type, length, validWhere(length, i => seen.boolean[slots[i]] === 1), out)
    },
  }
}

function integerSum(type: DataType, attempt: boolean): AggregateSignature {
  return {
    args: [type],
    result: integerType,
    nullable: true,
    buffers: attempt ? ['float64', 'boolean', 'boolean'] : ['float64', 'boolean'],
    update([sums, seen, overflowed], slots, args, length, include) {
      const sum = sums.float64
      const has = seen.boolean
      const x = asFloat64(args[0], length)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        const r = sum[slot] + x[i]
        if (r > maxSafe || r < -maxSafe) {
          if (!attempt) throw sumOverflow('sum', 'integer')
          overflowed.boolean[slot] = 1
        } else sum[slot] = r
        has[slot] = 1
      }
    },
    merge([sums, seen, overflowed], slots, [fromSums, fromSeen, fromOverflowed], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        const r = sums.float64[slot] + fromSums.float64[from]
        const beyond = r > maxSafe || r < -maxSafe
        if (beyond && !attempt) throw sumOverflow('sum', 'integer')
        if (!beyond) sums.float64[slot] = r
        if (attempt && (beyond || fromOverflowed.boolean[from] === 1)) overflowed.boolean[slot] = 1
        seen.boolean[slot] = 1
      }
    },
    finish([sums, seen, overflowed], slots, length) {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = sums.float64[slots[i]]
      return new Vector(integerType, length, validWhere(length, i => isWhole(seen.boolean, overflowed?.boolean, slots[i])), out)
    },
  }
}

function isWhole(seen: Uint8Array, overflowed: Uint8Array | undefined, slot: number): boolean {
  return seen[slot] === 1 && overflowed?.[slot] !== 1
}

/** Adds the 64-bit number at from[2j], from[2j+1] to the one at to[2k]; false, and no change, when it overflows. */
function add64(to: Int32Array, k: number, from: Int32Array, j: number): boolean {
  const low = (to[2 * k] >>> 0) + (from[2 * j] >>> 0)
  const high = to[2 * k + 1] + from[2 * j + 1] + (low > 4294967295 ? 1 : 0)
  if (high > 2147483647 || high < -2147483648) return false
  to[2 * k] = low
  to[2 * k + 1] = high
  return true
}

function int64Sum(type: DataType, attempt: boolean): AggregateSignature {
  return {
    args: [type],
    result: int64Type,
    nullable: true,
    buffers: attempt ? ['int64', 'boolean', 'boolean'] : ['int64', 'boolean'],
    update([sums, seen, overflowed], slots, args, length, include) {
      const sum = lanes(sums.int64)
      const has = seen.boolean
      const x = lanes(args[0].values as BigInt64Array)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        if (!add64(sum, slot, x, i)) {
          if (!attempt) throw sumOverflow('sum', 'int64')
          overflowed.boolean[slot] = 1
        }
        has[slot] = 1
      }
    },
    merge([sums, seen, overflowed], slots, [fromSums, fromSeen, fromOverflowed], fromSlots, length) {
      const sum = lanes(sums.int64)
      const add = lanes(fromSums.int64)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        const fits = add64(sum, slot, add, from)
        if (!fits && !attempt) throw sumOverflow('sum', 'int64')
        if (attempt && (!fits || fromOverflowed.boolean[from] === 1)) overflowed.boolean[slot] = 1
        seen.boolean[slot] = 1
      }
    },
    finish([sums, seen, overflowed], slots, length) {
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) out[i] = sums.int64[slots[i]]
      return new Vector(int64Type, length, validWhere(length, i => isWhole(seen.boolean, overflowed?.boolean, slots[i])), out)
    },
  }
}

function sumEntry(name: string, attempt: boolean, doc: string): AggregateEntry {
  return {
    name,
    arity: [1, 1],
    usage: `${name}(value: number) -> bigint | double`,
    doc,
    resolve: ([value]) => {
      const type = numericArgument(value.type)
      return type === undefined ? undefined : sumSignature(type, attempt)
    },
  }
}

export const sumAggregates: readonly AggregateEntry[] = [
  sumEntry('sum', false, 'Sum of the values that are not null; whole numbers are summed exactly.'),
  sumEntry('try_sum', true, 'Like sum(), but null where the sum is beyond its type.'),
]
