import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, int64Type, integerType, isIntegral } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { lanes, presentRows, sumOverflow, validWhere } from './define.ts'

/**
 * Bitwise and, or, exclusive or of whole numbers in two's complement, the result in the argument's type.
 * State: the bits so far, int32 in an int32 and the others in an int64 · whether there was a value.
 */
type Operator = 'and' | 'or' | 'xor'

function combine(op: Operator, a: number, b: number): number {
  return op === 'and' ? a & b : op === 'or' ? a | b : a ^ b
}

function bitSignature(type: DataType, op: Operator): AggregateSignature {
  return type.kind === 'int32' ? narrow(type, op) : wide(type, op)
}

function narrow(type: DataType, op: Operator): AggregateSignature {
  return {
    args: [type],
    result: type,
    nullable: true,
    buffers: ['int32', 'boolean'],
    update([bits, seen], slots, args, length, include) {
      const state = bits.int32
      const x = args[0].values as Int32Array
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        state[slot] = seen.boolean[slot] === 0 ? x[i] : combine(op, state[slot], x[i])
        seen.boolean[slot] = 1
      }
    },
    merge([bits, seen], slots, [fromBits, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (fromSeen.boolean[fromSlots[i]] === 0) continue
        const x = fromBits.int32[fromSlots[i]]
        bits.int32[slot] = seen.boolean[slot] === 0 ? x : combine(op, bits.int32[slot], x)
        seen.boolean[slot] = 1
      }
    },
    finish([bits, seen], slots, length) {
      const out = new Int32Array(length)
      for (let i = 0; i < length; i++) out[i] = bits.int32[slots[i]]
      return new Vector(type, length, validWhere(length, i => seen.boolean[slots[i]] === 1), out)
    },
  }
}

function wide(type: DataType, op: Operator): AggregateSignature {
  const isFloat = type.kind === 'integer'
  return {
    args: [type],
    result: type,
    nullable: true,
    buffers: ['int64', 'boolean'],
    update([bits, seen], slots, args, length, include) {
      const state = lanes(bits.int64)
      const x = isFloat ? halvesOf(args[0].values as Float64Array, length) : lanes(args[0].values as BigInt64Array)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        fold(op, state, slot, x, i, seen.boolean)
      }
    },
    merge([bits, seen], slots, [fromBits, fromSeen], fromSlots, length) {
      const state = lanes(bits.int64)
      const x = lanes(fromBits.int64)
      for (let i = 0; i < length; i++) if (fromSeen.boolean[fromSlots[i]] === 1) fold(op, state, slots[i], x, fromSlots[i], seen.boolean)
    },
    finish([bits, seen], slots, length) {
      const validity = validWhere(length, i => seen.boolean[slots[i]] === 1)
      if (!isFloat) {
        const out = new BigInt64Array(length)
        for (let i = 0; i < length; i++) out[i] = bits.int64[slots[i]]
        return new Vector(int64Type, length, validity, out)
      }
      const state = lanes(bits.int64)
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) {
        out[i] = state[2 * slots[i] + 1] * 4294967296 + (state[2 * slots[i]] >>> 0)
        // −2^53 has its own bit pattern but is no `integer`.
        if (!Number.isSafeInteger(out[i])) throw sumOverflow(`bit_${op}()`, 'integer')
      }
      return new Vector(integerType, length, validity, out)
    },
  }
}

function fold(op: Operator, state: Int32Array, slot: number, x: Int32Array, i: number, seen: Uint8Array): void {
  const fresh = seen[slot] === 0
  state[2 * slot] = fresh ? x[2 * i] : combine(op, state[2 * slot], x[2 * i])
  state[2 * slot + 1] = fresh ? x[2 * i + 1] : combine(op, state[2 * slot + 1], x[2 * i + 1])
  seen[slot] = 1
}

function halvesOf(x: Float64Array, length: number): Int32Array {
  const out = new Int32Array(length * 2)
  for (let i = 0; i < length; i++) {
    out[2 * i] = x[i] | 0
    out[2 * i + 1] = Math.floor(x[i] / 4294967296)
  }
  return out
}

function bitEntry(op: Operator): AggregateEntry {
  return {
    name: `bit_${op}`,
    arity: [1, 1],
    usage: `bit_${op}(value: whole number)`,
    doc: `Bitwise ${op === 'xor' ? 'exclusive or' : op} of the values that are not null.`,
    resolve: ([value]) => {
      const { type } = value
      if (isIntegral(type)) return bitSignature(type, op)
      return type.kind === 'string' || type.kind === 'null' ? bitSignature(integerType, op) : undefined
    },
  }
}

export const bitAggregates: readonly AggregateEntry[] = [bitEntry('and'), bitEntry('or'), bitEntry('xor')]
