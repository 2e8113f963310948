import { getBit } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { booleanType } from '../../columnar/data-type.ts'
import { isNullAt } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import type { ResolvedArgument } from '../function-table.ts'
import { invalidArgument, presentRows } from './define.ts'
import { slotWriter, storageOf, storedValues } from './value-store.ts'

/**
 * first and last in the order of rows, and of input partitions. Without ignoreNulls a null is a value like any other.
 * State: the value · whether it is there · whether any row was seen.
 */
function edgeSignature(args: readonly DataType[], last: boolean, ignoreNulls: boolean): AggregateSignature {
  const type = args[0]
  return {
    args,
    result: type,
    nullable: true,
    buffers: [storageOf(type), 'boolean', 'boolean'],
    update([values, present, seen], slots, vectors, length, include) {
      const v = vectors[0]
      const rows = ignoreNulls ? presentRows([v], include, length) : include
      const write = slotWriter(values, v)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (!last && seen.boolean[slot] === 1) || (rows !== null && !getBit(rows, i))) continue
        seen.boolean[slot] = 1
        const isNull = !ignoreNulls && isNullAt(v, i)
        present.boolean[slot] = isNull ? 0 : 1
        if (!isNull) write(slot, i)
      }
    },
    merge([values, present, seen], slots, [fromValues, fromPresent, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0 || (!last && seen.boolean[slot] === 1)) continue
        seen.boolean[slot] = 1
        present.boolean[slot] = fromPresent.boolean[from]
        if (fromPresent.boolean[from] === 1) values.copy(slot, fromValues, from)
        else values.clear(slot)
      }
    },
    finish([values, present], slots, length) {
      return storedValues(type, values, slots, length, slot => present.boolean[slot] === 1)
    },
  }
}

/** The option as `ignoreNulls` of the call or as a second argument, `first(x, true)`. */
function ignoresNulls(name: string, args: readonly ResolvedArgument[], option: boolean): boolean {
  if (args.length < 2) return option
  const { literal } = args[1]
  if (typeof literal !== 'boolean') throw invalidArgument(name, 'ignoreNulls', literal, 'a constant boolean')
  return literal
}

function edgeEntry(name: string, aliases: readonly string[], last: boolean, doc: string): AggregateEntry {
  return {
    name,
    aliases,
    arity: [1, 2],
    usage: `${name}(value[, ignoreNulls: boolean])`,
    doc,
    ordered: true,
    resolve: (args, options) => edgeSignature([args[0].type, ...(args.length < 2 ? [] : [booleanType])], last, ignoresNulls(name, args, options.ignoreNulls)),
  }
}

export const firstLastAggregates: readonly AggregateEntry[] = [
  edgeEntry('first', ['first_value', 'any_value'], false, 'Value of the first row, in the order of the input; with ignoreNulls the first that is not null.'),
  edgeEntry('last', ['last_value'], true, 'Value of the last row, in the order of the input; with ignoreNulls the last that is not null.'),
]
