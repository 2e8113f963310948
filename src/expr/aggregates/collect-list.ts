import { VectorBuilder } from '../../columnar/builder.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { arrayType, type DataType } from '../../columnar/data-type.ts'
import type { Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { eachPayload } from './rows.ts'
import { appendPayload } from './value-encoding.ts'

/**
 * Values in the order of rows, nulls left out. State: one `bytes` slot with the payloads of the values one after the
 * other (see value-encoding.ts), null while there is none. The result of a group without values is an empty array.
 */
function listSignature(type: DataType): AggregateSignature {
  return {
    args: [type],
    result: arrayType(type, false),
    nullable: false,
    buffers: ['bytes'],
    update([lists], slots, args, length, include) {
      eachPayload(slots, args[0], length, include, (slot, sink) => lists.appendBytes(slot, sink.bytes, 0, sink.length))
    },
    merge: appendSlots,
    finish([lists], slots, length) {
      return listsOf(type, lists, slots, length)
    },
  }
}

function appendSlots([lists]: readonly BufferColumn[], slots: Int32Array, [from]: readonly BufferColumn[], fromSlots: Int32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const arena = from.arenas[fromSlots[i]]
    if (arena !== null) lists.appendBytes(slots[i], arena, 0, from.byteLengths[fromSlots[i]])
  }
}

/** Decodes slots full of payloads into arrays. */
export function listsOf(type: DataType, lists: BufferColumn, slots: Int32Array, length: number): Vector {
  const out = new VectorBuilder(arrayType(type, false), Math.max(8, length))
  for (let i = 0; i < length; i++) {
    const arena = lists.arenas[slots[i]]
    const end = lists.byteLengths[slots[i]]
    if (arena !== null) for (let at = 0; at < end; ) at = appendPayload(out.children[0], arena, at)
    out.appendList()
  }
  return out.finish()
}

export const collectListAggregates: readonly AggregateEntry[] = [
  {
    name: 'collect_list',
    aliases: ['array_agg'],
    arity: [1, 1],
    usage: 'collect_list(value) -> array',
    doc: 'The values that are not null, in the order of the input.',
    ordered: true,
    resolve: ([value]) => listSignature(value.type),
  },
]
