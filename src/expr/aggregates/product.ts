import { getBit } from '../../columnar/bitmap.ts'
import { type DataType, float64Type } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { asFloat64, numberResults, numericArgument, presentRows } from './define.ts'

/** State: the product · whether there was a value. */
function productSignature(type: DataType): AggregateSignature {
  return {
    args: [type],
    result: float64Type,
    nullable: true,
    buffers: ['float64', 'boolean'],
    init: ([product], slot) => {
      product.float64[slot] = 1
    },
    update([product, seen], slots, args, length, include) {
      const state = product.float64
      const x = asFloat64(args[0], length)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        state[slot] *= x[i]
        seen.boolean[slot] = 1
      }
    },
    merge([product, seen], slots, [fromProduct, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        product.float64[slots[i]] *= fromProduct.float64[fromSlots[i]]
        seen.boolean[slots[i]] |= fromSeen.boolean[fromSlots[i]]
      }
    },
    finish([product, seen], slots, length) {
      return numberResults(float64Type, slots, length, slot => (seen.boolean[slot] === 1 ? product.float64[slot] : null))
    },
  }
}

export const productAggregates: readonly AggregateEntry[] = [
  {
    name: 'product',
    arity: [1, 1],
    usage: 'product(value: number) -> double',
    doc: 'Product of the values that are not null, computed as a double.',
    resolve: ([value]) => {
      const type = numericArgument(value.type)
      return type === undefined ? undefined : productSignature(type)
    },
  },
]
