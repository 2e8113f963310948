import { float64Type, stringType } from '../../src/columnar/data-type.ts'
import type { BufferColumn } from '../../src/columnar/buffer-column.ts'
import type { MemoryOperatorState } from '../../src/state/operator-state.ts'
import type { StateDelta, TableSchema } from '../../src/state/state.ts'
import type { StoredSegment } from '../../src/state/restore.ts'

export const identity = { queryId: 'query-1', operator: 'aggregate', partition: 3 }

/** One buffer of each kind. */
export const schema: TableSchema = {
  keys: [{ name: 'name', type: stringType }, { name: 'size', type: float64Type }],
  values: [
    { name: 'sum(float64)', column: 'total', buffers: ['float64', 'boolean'] },
    { name: 'first(int64)', column: 'first', buffers: ['int64', 'int32'] },
    { name: 'collect_list(string)', column: 'list', buffers: ['bytes'] },
  ],
}

export interface Values {
  readonly sum: number
  readonly seen: boolean
  readonly big: bigint
  readonly small: number
  readonly list: string | null
}

/** The same state with objects: buckets by number, rows by key, both in their order. */
export type Model = Map<number, Map<string, Values>>

export function cloneModel(model: Model): Model {
  return new Map([...model].map(([bucket, rows]) => [bucket, new Map(rows)]))
}

export const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOfBytes = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export function write(buffers: readonly BufferColumn[], slot: number, values: Values): void {
  buffers[0].float64[slot] = values.sum
  buffers[1].boolean[slot] = values.seen ? 1 : 0
  buffers[2].int64[slot] = values.big
  buffers[3].int32[slot] = values.small
  if (values.list === null) buffers[4].clear(slot)
  else {
    const bytes = bytesOfText(values.list)
    buffers[4].setBytes(slot, bytes, 0, bytes.length)
  }
}

export function read(buffers: readonly BufferColumn[], slot: number): Values {
  const list = buffers[4].bytesAt(slot)
  return {
    sum: buffers[0].float64[slot],
    seen: buffers[1].boolean[slot] === 1,
    big: buffers[2].int64[slot],
    small: buffers[3].int32[slot],
    list: list === null ? null : textOfBytes(list),
  }
}

export function put(state: MemoryOperatorState, bucket: number, key: string, values: Values): void {
  const table = state.table(bucket)
  const bytes = bytesOfText(key)
  const slot = table.upsert(bytes, 0, bytes.length)
  table.touch(slot)
  write(table.buffers, slot, values)
}

export function remove(state: MemoryOperatorState, bucket: number, key: string): void {
  const table = state.table(bucket)
  const bytes = bytesOfText(key)
  table.remove(table.find(bytes, 0, bytes.length))
}

/** All rows in order, buckets without rows left out. */
export function rowsOf(state: MemoryOperatorState): [number, string, Values][] {
  return state.buckets().flatMap(bucket => {
    const table = state.table(bucket)
    return [...table.slots()].map((slot): [number, string, Values] => [
      bucket,
      textOfBytes(table.keyBytes.subarray(table.keyStart(slot), table.keyEnd(slot))),
      read(table.buffers, slot),
    ])
  })
}

export function rowsOfModel(model: Model): [number, string, Values][] {
  return [...model.keys()]
    .sort((a, b) => a - b)
    .flatMap(bucket => [...(model.get(bucket) as Map<string, Values>)].map(([key, values]): [number, string, Values] => [bucket, key, values]))
}

export function stored(batchId: number, delta: Pick<StateDelta, 'segment' | 'digest'>): StoredSegment {
  return { bytes: delta.segment, batchId, digest: delta.digest }
}
