import { describeType, sameType } from '../columnar/data-type.ts'
import { keyIncompatible, valueIncompatible } from './errors.ts'
import type { StateIdentity, TableSchema } from './state.ts'

/**
 * Whether state written with one schema can be read by a query with another: the keys and the first values must be the
 * same, further values may be appended. A value may get another column name, but not one that another value had: then
 * two values may have changed places, and each would go on from the other's.
 * @throws CheckpointError CHECKPOINT_KEY_INCOMPATIBLE, CHECKPOINT_VALUE_INCOMPATIBLE
 */
export function checkCompatible(identity: StateIdentity, stored: TableSchema, wanted: TableSchema): void {
  for (let i = 0; i < Math.max(stored.keys.length, wanted.keys.length); i++) {
    const a = stored.keys.at(i)
    const b = wanted.keys.at(i)
    const same = a !== undefined && b !== undefined && a.name === b.name && sameType(a.type, b.type)
    if (!same) throw keyIncompatible(identity, `key ${i + 1}`, describeKey(a), describeKey(b))
  }
  for (const [i, a] of stored.values.entries()) {
    const b = wanted.values.at(i)
    const moved = a.column !== b?.column && wanted.values.some(value => value.column === a.column)
    const same = b !== undefined && !moved && a.name === b.name && sameBuffers(a.buffers, b.buffers)
    if (!same) throw valueIncompatible(identity, `value ${i + 1}`, describeValue(a), describeValue(b))
  }
}

export function sameSchema(a: TableSchema, b: TableSchema): boolean {
  return (
    a.keys.length === b.keys.length &&
    a.values.length === b.values.length &&
    a.keys.every((key, i) => key.name === b.keys[i].name && sameType(key.type, b.keys[i].type)) &&
    a.values.every((value, i) => value.name === b.values[i].name && sameBuffers(value.buffers, b.values[i].buffers))
  )
}

function sameBuffers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((kind, i) => kind === b[i])
}

function describeKey(key: TableSchema['keys'][number] | undefined): string {
  return key === undefined ? 'absent' : `"${key.name}" of type ${describeType(key.type)}`
}

function describeValue(value: TableSchema['values'][number] | undefined): string {
  return value === undefined ? 'absent' : `"${value.column}" = ${value.name} in ${value.buffers.join(', ')}`
}
