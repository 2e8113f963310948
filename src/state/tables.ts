import { type InitBuffers, FlatKeyedTable, tableLayout } from './keyed-table.ts'
import { MemoryOperatorState } from './operator-state.ts'
import type { KeyedTable, OperatorState, StateIdentity, TableSchema } from './state.ts'

export type { InitBuffers } from './keyed-table.ts'
export { restoreState, type StoredSegment, type StoredState } from './restore.ts'

/** A table outside of any state, for partial results. `inits[i]` sets new rows of value i to "nothing seen yet". */
export function createTable(schema: TableSchema, inits: readonly (InitBuffers | undefined)[]): KeyedTable {
  return new FlatKeyedTable(tableLayout(schema, inits))
}

/** The empty state of one operator and partition. */
export function createState(identity: StateIdentity, schema: TableSchema, inits: readonly (InitBuffers | undefined)[]): OperatorState {
  return new MemoryOperatorState(identity, schema, inits)
}
