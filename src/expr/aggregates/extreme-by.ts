import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { type DataType, isOrderable } from '../../columnar/data-type.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { presentRows } from './define.ts'
import { ByteSink, compareFloat64, comparePayloads, payloadWriter } from './value-encoding.ts'
import { slotWriter, storageOf, storedValues } from './value-store.ts'

/**
 * min_by and max_by: the value of the row with the smallest or largest key. Rows without a key do not count; of equal
 * keys the later row wins, as in Spark.
 *
 * State: the value · whether it is there · the best key (float64 where the key is an int32, date or lies in a float64,
 * its encoding otherwise) · whether there is a key.
 */
function bySignature(type: DataType, keyType: DataType, max: boolean): AggregateSignature {
  const keys = isFloat(keyType) ? floatKeys(max) : encodedKeys(keyType, max)
  return {
    args: [type, keyType],
    result: type,
    nullable: true,
    buffers: [storageOf(type), 'boolean', isFloat(keyType) ? 'float64' : 'bytes', 'boolean'],
    update([values, present, best, seen], slots, [value, key], length, include) {
      const rows = presentRows([key], include, length)
      if (key.type.kind === 'null') return
      const write = slotWriter(values, value)
      const offer = keys.offer(best, key)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i)) || !offer(slot, i, seen.boolean[slot] === 1)) continue
        seen.boolean[slot] = 1
        const isNull = isNullAt(value, i)
        present.boolean[slot] = isNull ? 0 : 1
        if (!isNull) write(slot, i)
      }
    },
    merge([values, present, best, seen], slots, [fromValues, fromPresent, fromBest, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        if (seen.boolean[slot] === 1 && !keys.wins(fromBest, from, best, slot)) continue
        seen.boolean[slot] = 1
        best.copy(slot, fromBest, from)
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

interface Keys {
  /** Makes the function that keeps row i's key if it wins over the slot's, and answers whether it did. */
  offer(best: BufferColumn, key: Vector): (slot: number, i: number, seen: boolean) => boolean
  wins(a: BufferColumn, slotA: number, b: BufferColumn, slotB: number): boolean
}

function isFloat(type: DataType): boolean {
  return ['int32', 'date', 'integer', 'float64', 'timestamp'].includes(type.kind)
}

function floatKeys(max: boolean): Keys {
  const sign = max ? 1 : -1
  return {
    offer(best, key) {
      const x = key.values as Float64Array | Int32Array
      const kept = best.float64
      return (slot, i, seen) => {
        if (seen && compareFloat64(x[i], kept[slot]) * sign < 0) return false
        kept[slot] = x[i]
        return true
      }
    },
    wins: (a, slotA, b, slotB) => compareFloat64(a.float64[slotA], b.float64[slotB]) * sign >= 0,
  }
}

function encodedKeys(type: DataType, max: boolean): Keys {
  const sign = max ? 1 : -1
  return {
    offer(best, key) {
      const sink = new ByteSink()
      const write = payloadWriter(key)
      return (slot, i, seen) => {
        sink.length = 0
        write(sink, i)
        if (seen && comparePayloads(type, sink.bytes, 0, best.arenas[slot] as Uint8Array, 0) * sign < 0) return false
        best.setBytes(slot, sink.bytes, 0, sink.length)
        return true
      }
    },
    wins: (a, slotA, b, slotB) => comparePayloads(type, a.arenas[slotA] as Uint8Array, 0, b.arenas[slotB] as Uint8Array, 0) * sign >= 0,
  }
}

function byEntry(name: string, max: boolean, doc: string): AggregateEntry {
  return {
    name,
    arity: [2, 2],
    usage: `${name}(value, key: any type with an order)`,
    doc,
    ordered: true,
    resolve: ([value, key]) => (isOrderable(key.type) ? bySignature(value.type, key.type, max) : undefined),
  }
}

export const extremeByAggregates: readonly AggregateEntry[] = [
  byEntry('max_by', true, 'Value of the row with the largest key; of equal keys the last.'),
  byEntry('min_by', false, 'Value of the row with the smallest key; of equal keys the last.'),
]
