import { VectorBuilder } from '../../columnar/builder.ts'
import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { arrayType, booleanType, type DataType, isOrderable } from '../../columnar/data-type.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { listsOf } from './collect-list.ts'
import { presentRows } from './define.ts'
import { PayloadSet } from './payload-set.ts'
import { appendPayload, ByteSink, comparePayloads, payloadEnd, payloadWriter, readFloat64, writeFloat64 } from './value-encoding.ts'

/** Bytes of the count before each value of mode(), a float64. */
const countBytes = 8

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
      addRows(slots, args, length, include, (slot, sink) => set.entry(sets, slot, sink.bytes, 0, sink.length))
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
      return listsOf(type, sets, slots, length, 0)
    },
  }
}

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
      addRows(slots, [vectors[0]], length, include, (slot, sink) => add(counts, slot, sink.bytes, 0, sink.length, 1))
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

function addRows(
  slots: Int32Array,
  args: Parameters<AggregateSignature['update']>[2],
  length: number,
  include: Uint8Array | null,
  add: (slot: number, sink: ByteSink) => void,
): void {
  const rows = presentRows(args, include, length)
  const sink = new ByteSink()
  const write = payloadWriter(args[0])
  for (let i = 0; i < length; i++) {
    const slot = slots[i]
    if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
    sink.length = 0
    write(sink, i)
    add(slot, sink)
  }
}

export const collectSetAggregates: readonly AggregateEntry[] = [
  {
    name: 'collect_set',
    arity: [1, 1],
    usage: 'collect_set(value) -> array',
    doc: 'The different values that are not null, in the order in which they came first.',
    resolve: ([value]) => (isOrderable(value.type) ? setSignature(value.type) : undefined),
  },
  {
    name: 'mode',
    arity: [1, 2],
    usage: 'mode(value[, deterministic: boolean])',
    doc: 'The most frequent value that is not null; of equally frequent ones the smallest, with or without the option.',
    resolve: args => (isOrderable(args[0].type) ? modeSignature([args[0].type, ...(args.length < 2 ? [] : [booleanType])]) : undefined),
  },
]
