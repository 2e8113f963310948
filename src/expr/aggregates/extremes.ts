import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { booleanType, type DataType, isOrderable } from '../../columnar/data-type.ts'
import { BytesReader } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { lanes, presentRows } from './define.ts'
import { ByteSink, compareBytes, comparePayloads, payloadWriter } from './value-encoding.ts'
import { storageOf, storedValues } from './value-store.ts'

/**
 * min and max of any type with an order. Of equal values the first stays (0.0 and −0.0 are equal), NaN is the largest
 * double, text is ordered by its bytes. Over booleans they are bool_and and bool_or.
 *
 * State: the value · (except for `bytes`, where null says it) whether there is one.
 */
type Extremes = Pick<AggregateSignature, 'update' | 'merge'>

export function extremeSignature(type: DataType, max: boolean): AggregateSignature {
  const storage = storageOf(type)
  const inBytes = storage === 'bytes'
  return {
    args: [type],
    result: type,
    nullable: true,
    buffers: inBytes ? ['bytes'] : [storage, 'boolean'],
    ...loopsOf(type, max),
    finish(buffers, slots, length) {
      return storedValues(type, buffers[0], slots, length, slot => inBytes || buffers[1].boolean[slot] === 1)
    },
  }
}

function loopsOf(type: DataType, max: boolean): Extremes {
  switch (type.kind) {
    case 'integer':
    case 'float64':
    case 'timestamp':
      return float64Extremes(max)
    case 'int32':
    case 'date':
      return int32Extremes(max)
    case 'int64':
      return int64Extremes(max)
    case 'boolean':
    case 'null':
      return booleanExtremes(max)
    case 'string':
    case 'binary':
      return textExtremes(max)
    default:
      return encodedExtremes(type, max)
  }
}

function float64Extremes(max: boolean): Extremes {
  const better = max ? (x: number, best: number) => x > best || x !== x : (x: number, best: number) => x < best || best !== best
  return {
    update([values, seen], slots, args, length, include) {
      const best = values.float64
      const has = seen.boolean
      const x = args[0].values as Float64Array
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        if (has[slot] === 0 || better(x[i], best[slot])) best[slot] = x[i]
        has[slot] = 1
      }
    },
    merge([values, seen], slots, [fromValues, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        const x = fromValues.float64[from]
        if (seen.boolean[slot] === 0 || better(x, values.float64[slot])) values.float64[slot] = x
        seen.boolean[slot] = 1
      }
    },
  }
}

function int32Extremes(max: boolean): Extremes {
  const better = max ? (x: number, best: number) => x > best : (x: number, best: number) => x < best
  return {
    update([values, seen], slots, args, length, include) {
      const best = values.int32
      const has = seen.boolean
      const x = args[0].values as Int32Array
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        if (has[slot] === 0 || better(x[i], best[slot])) best[slot] = x[i]
        has[slot] = 1
      }
    },
    merge([values, seen], slots, [fromValues, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        const x = fromValues.int32[from]
        if (seen.boolean[slot] === 0 || better(x, values.int32[slot])) values.int32[slot] = x
        seen.boolean[slot] = 1
      }
    },
  }
}

/** Compares the 64-bit numbers a[j] and b[k] given as halves. */
function compare64(a: Int32Array, j: number, b: Int32Array, k: number): number {
  const high = a[2 * j + 1] - b[2 * k + 1]
  return high !== 0 ? high : (a[2 * j] >>> 0) - (b[2 * k] >>> 0)
}

function int64Extremes(max: boolean): Extremes {
  const sign = max ? 1 : -1
  return {
    update([values, seen], slots, args, length, include) {
      const best = lanes(values.int64)
      const has = seen.boolean
      const x = lanes(args[0].values as BigInt64Array)
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        if (has[slot] === 0 || compare64(x, i, best, slot) * sign > 0) {
          best[2 * slot] = x[2 * i]
          best[2 * slot + 1] = x[2 * i + 1]
        }
        has[slot] = 1
      }
    },
    merge([values, seen], slots, [fromValues, fromSeen], fromSlots, length) {
      const best = lanes(values.int64)
      const x = lanes(fromValues.int64)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        if (seen.boolean[slot] === 0 || compare64(x, from, best, slot) * sign > 0) values.int64[slot] = fromValues.int64[from]
        seen.boolean[slot] = 1
      }
    },
  }
}

function booleanExtremes(max: boolean): Extremes {
  const wins = max ? 1 : 0
  return {
    update([values, seen], slots, args, length, include) {
      const best = values.boolean
      const has = seen.boolean
      const x = args[0].values as Uint8Array
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        const bit = getBit(x, i) ? 1 : 0
        if (has[slot] === 0 || bit === wins) best[slot] = bit
        has[slot] = 1
      }
    },
    merge([values, seen], slots, [fromValues, fromSeen], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        const from = fromSlots[i]
        if (fromSeen.boolean[from] === 0) continue
        const bit = fromValues.boolean[from]
        if (seen.boolean[slot] === 0 || bit === wins) values.boolean[slot] = bit
        seen.boolean[slot] = 1
      }
    },
  }
}

function textExtremes(max: boolean): Extremes {
  const sign = max ? 1 : -1
  const offer = (best: BufferColumn, slot: number, bytes: Uint8Array, start: number, end: number): void => {
    const held = best.arenas[slot]
    if (held === null || compareBytes(bytes, start, end, held, 0, best.byteLengths[slot]) * sign > 0) best.setBytes(slot, bytes, start, end)
  }
  return {
    update([best], slots, args, length, include) {
      const r = new BytesReader(args[0])
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        const index = r.index(i)
        offer(best, slot, r.bytes, r.offsets[index], r.offsets[index + 1])
      }
    },
    merge([best], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        if (arena !== null) offer(best, slots[i], arena, 0, from.byteLengths[fromSlots[i]])
      }
    },
  }
}

function encodedExtremes(type: DataType, max: boolean): Extremes {
  const sign = max ? 1 : -1
  const offer = (best: BufferColumn, slot: number, bytes: Uint8Array, length: number): void => {
    const held = best.arenas[slot]
    if (held === null || comparePayloads(type, bytes, 0, held, 0) * sign > 0) best.setBytes(slot, bytes, 0, length)
  }
  return {
    update([best], slots, args, length, include) {
      const sink = new ByteSink()
      const write = payloadWriter(args[0])
      const rows = presentRows(args, include, length)
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        sink.length = 0
        write(sink, i)
        offer(best, slot, sink.bytes, sink.length)
      }
    },
    merge([best], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        if (arena !== null) offer(best, slots[i], arena, from.byteLengths[fromSlots[i]])
      }
    },
  }
}

function extremeEntry(name: string, max: boolean, doc: string): AggregateEntry {
  return {
    name,
    arity: [1, 1],
    usage: `${name}(value: any type with an order)`,
    doc,
    resolve: ([value]) => (isOrderable(value.type) ? extremeSignature(value.type, max) : undefined),
  }
}

function booleanEntry(name: string, aliases: readonly string[], max: boolean, doc: string): AggregateEntry {
  return {
    name,
    aliases,
    arity: [1, 1],
    usage: `${name}(condition: boolean) -> boolean`,
    doc,
    resolve: ([value]) => (value.type.kind === 'boolean' || value.type.kind === 'null' ? extremeSignature(booleanType, max) : undefined),
  }
}

export const extremeAggregates: readonly AggregateEntry[] = [
  extremeEntry('min', false, 'Smallest value that is not null; NaN is larger than every number.'),
  extremeEntry('max', true, 'Largest value that is not null; NaN is larger than every number.'),
  booleanEntry('bool_and', ['every'], false, 'Whether the condition holds in every row where it is not null.'),
  booleanEntry('bool_or', ['some', 'any'], true, 'Whether the condition holds in some row where it is not null.'),
]
