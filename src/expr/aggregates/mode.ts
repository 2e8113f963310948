import { VectorBuilder } from '../../columnar/builder.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { booleanType, type DataType, isOrderable } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { PayloadSet } from './payload-set.ts'
import { eachPayload } from './rows.ts'
import { appendPayload, comparePayloads, payloadEnd, readFloat64, writeFloat64 } from './value-encoding.ts'

/** Bytes of the count before each value of mode(), a float64. */
const countBytes = 8

/**
 * The most frequent value; of equally frequent ones the smallest, so that the answer does not depend on the order.
 * State: one `bytes` slot with (count as float64, payload) of each different value, null while there is none.
 */
function modeSignature(args: readonly DataType[]): AggregateSignature {
  const type = args[0]
  const set = new PayloadSet(type, countBytes)
  const add = (counts: BufferColumn, slot: number, payload: Uint8Array, start: number, end: number, n: number): void => {
    const at = set.entry(counts, slot, payload, start, end)
    const arena = counts.arenas[slot] as Uint8Array
    writeFloat64(arena, at, readFloat64(arena, at) + n)
  }
  return {
    args,
    result: type,
    nullable: true,
    buffers: ['bytes'],
    update([counts], slots, vectors, length, include) {
      eachPayload(slots, vectors[0], length, include, (slot, sink) => add(counts, slot, sink.bytes, 0, sink.length, 1))
    },
    merge([counts], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        if (arena === null) continue
        for (let at = 0; at < from.byteLengths[fromSlots[i]]; ) {
          const end = payloadEnd(type, arena, at + countBytes)
          add(counts, slots[i], arena, at + countBytes, end, readFloat64(arena, at))
          at = end
        }
      }
    },
    finish([counts], slots, length) {
      const out = new VectorBuilder(type, Math.max(8, length))
      for (let i = 0; i < length; i++) {
        const arena = counts.arenas[slots[i]]
        if (arena === null) out.appendNull()
        else appendPayload(out, arena, mostFrequent(type, arena, counts.byteLengths[slots[i]]))
      }
      return out.finish()
    },
  }
}

/** Where the payload with the largest count begins. */
function mostFrequent(type: DataType, arena: Uint8Array, used: number): number {
  let best = countBytes
  let bestCount = 0
  for (let at = 0; at < used; ) {
    const payload = at + countBytes
    const count = readFloat64(arena, at)
    if (count > bestCount || (count === bestCount && comparePayloads(type, arena, payload, arena, best) < 0)) {
      best = payload
      bestCount = count
    }
    at = payloadEnd(type, arena, payload)
  }
  return best
}

export const modeAggregates: readonly AggregateEntry[] = [
  {
    name: 'mode',
    arity: [1, 2],
    usage: 'mode(value[, deterministic: boolean])',
    doc: 'The most frequent value that is not null; of equally frequent ones the smallest, with or without the option.',
    resolve: args => (isOrderable(args[0].type) ? modeSignature([args[0].type, ...(args.length < 2 ? [] : [booleanType])]) : undefined),
  },
]
