import { arrayType, type DataType, isOrderable } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { listsOf } from './collect-list.ts'
import { PayloadSet } from './payload-set.ts'
import { eachPayload } from './rows.ts'
import { payloadEnd } from './value-encoding.ts'

/**
 * The different values in the order in which they came first. State: one `bytes` slot with their payloads one after
 * the other, null while there is none.
 */
function setSignature(type: DataType): AggregateSignature {
  const set = new PayloadSet(type, 0)
  return {
    args: [type],
    result: arrayType(type, false),
    nullable: false,
    buffers: ['bytes'],
    update([sets], slots, args, length, include) {
      eachPayload(slots, args[0], length, include, (slot, sink) => set.entry(sets, slot, sink.bytes, 0, sink.length))
    },
    merge([sets], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        const used = from.byteLengths[fromSlots[i]]
        if (arena === null) continue
        if (sets.arenas[slots[i]] === null) {
          sets.setBytes(slots[i], arena, 0, used)
          continue
        }
        for (let at = 0; at < used; ) {
          const end = payloadEnd(type, arena, at)
          set.entry(sets, slots[i], arena, at, end)
          at = end
        }
      }
    },
    finish([sets], slots, length) {
      return listsOf(type, sets, slots, length)
    },
  }
}

export const collectSetAggregates: readonly AggregateEntry[] = [
  {
    name: 'collect_set',
    arity: [1, 1],
    usage: 'collect_set(value) -> array',
    doc: 'The different values that are not null, in the order in which they came first.',
    ordered: true,
    resolve: ([value]) => (isOrderable(value.type) ? setSignature(value.type) : undefined),
  },
]
