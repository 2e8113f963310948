import { describeType } from '../columnar/data-type.ts'
import type { OperatorDescription } from '../checkpoint/records.ts'
import type { StoredState } from '../checkpoint/snapshots.ts'
import type { SinkName } from '../exec/physical-plan.ts'
import type { ObservedRow, ObservedTable, TableChange } from '../sinks/sink.ts'
import type { OpenSnapshot, OperatorState, SnapshotPage, StateDelta, StateIdentity, TableSchema } from '../state/state.ts'
import { timelessBucket } from '../state/state.ts'
import { createState, restoreState } from '../state/tables.ts'
import type { PartsBySink } from './sink-set.ts'

/** What a batch changes in the table of one observer. */
export interface ObservedDelta extends StateDelta {
  readonly operator: string
  readonly partition: 0
}

interface Member {
  readonly sink: SinkName
  readonly operator: string
  readonly table: ObservedTable
  state: OperatorState
  pages: { readonly snapshot: OpenSnapshot; readonly iterator: Iterator<SnapshotPage> } | null
}

/** A row: when it was last changed, by which batch, and its text. */
const schema: TableSchema = {
  keys: [{ name: 'key', type: { kind: 'string' } }],
  values: [{ name: 'row', column: 'row', buffers: ['float64', 'float64', 'bytes'] }],
}

/**
 * The tables of observers (protocol rule 25) as stateful operators that live in the driver, one partition each: deltas,
 * snapshots and recovery are those of every other state.
 */
export class ObserverTables {
  readonly #members: readonly Member[]
  readonly #encoder = new TextEncoder()
  readonly #decoder = new TextDecoder()

  constructor(tables: readonly { readonly sink: SinkName; readonly table: ObservedTable }[], queryId: string) {
    this.#members = tables.map(({ sink, table }) => {
      const operator = `observed:${sink}`
      return { sink, operator, table, state: createState({ queryId, operator, partition: 0 }, schema, []), pages: null }
    })
  }

  get isEmpty(): boolean {
    return this.#members.length === 0
  }

  /** For comparing with the checkpoint: the key is what a table cannot change. */
  get descriptions(): readonly OperatorDescription[] {
    return this.#members.map(({ operator, table }) => ({
      name: operator,
      kind: 'observed',
      keys: table.keys.map(k => ({ name: k.name, type: describeType(k.type) })),
      values: [],
      time: 'none',
    }))
  }

  has(operator: string): boolean {
    return this.#members.some(m => m.operator === operator)
  }

  /** Rebuilds each table and gives its rows to the observer. */
  restore(queryId: string, states: readonly StoredState[], position: { readonly batchId: number; readonly watermarkMs: number | null } | null): void {
    for (const member of this.#members) {
      const { operator, table } = member
      const stored = states.find(s => s.operator === operator)
      const identity: StateIdentity = { queryId, operator, partition: 0 }
      if (stored !== undefined) member.state = restoreState(identity, schema, stored)
      table.restore(this.#rowsOf(member.state), position)
    }
  }

  /** What the batch changes, encoded for the checkpoint. Empty for tables that it leaves alone. */
  change(batchId: number, parts: PartsBySink): ObservedDelta[] {
    return this.#members.flatMap(({ sink, operator, table, state }): ObservedDelta[] => {
      this.#apply(state, table.change(batchId, parts.get(sink) ?? []))
      const delta = state.delta(batchId)
      return delta.rowsUpdated > 0 || delta.rowsRemoved > 0 ? [{ ...delta, operator, partition: 0 }] : []
    })
  }

  /** The batch is committed. */
  accept(): void {
    for (const { state } of this.#members) state.accept()
  }

  beginSnapshot(batchId: number, bytesPerPage: number | undefined): void {
    for (const member of this.#members) {
      const snapshot = member.state.snapshot(batchId, bytesPerPage)
      member.pages = { snapshot, iterator: snapshot[Symbol.iterator]() }
    }
  }

  /** The next page of a snapshot, null after the last. */
  snapshotPage(operator: string): SnapshotPage | null {
    const next = this.#members.find(m => m.operator === operator)?.pages?.iterator.next()
    return next === undefined || next.done === true ? null : next.value
  }

  endSnapshot(): void {
    for (const member of this.#members) {
      member.pages?.snapshot.close()
      member.pages = null
    }
  }

  #apply(state: OperatorState, { put, remove }: TableChange): void {
    const table = state.table(timelessBucket)
    const [orders, batches, rows] = table.buffers
    for (const key of remove) {
      const bytes = this.#encoder.encode(key)
      const slot = table.find(bytes, 0, bytes.length)
      if (slot >= 0) table.remove(slot)
    }
    for (const { key, row, order, batchId } of put) {
      const bytes = this.#encoder.encode(key)
      const slot = table.upsert(bytes, 0, bytes.length)
      table.touch(slot)
      orders.float64[slot] = order
      batches.float64[slot] = batchId
      const text = this.#encoder.encode(row)
      rows.setBytes(slot, text, 0, text.length)
    }
  }

  #rowsOf(state: OperatorState): ObservedRow[] {
    const table = state.table(timelessBucket)
    const [orders, batches, rows] = table.buffers
    return [...table.slots()]
      .map(slot => ({
        key: this.#decoder.decode(table.keyBytes.subarray(table.keyStart(slot), table.keyEnd(slot))),
        row: this.#decoder.decode(rows.bytesAt(slot) ?? undefined),
        order: orders.float64[slot],
        batchId: batches.float64[slot],
      }))
      .sort((a, b) => a.order - b.order)
  }
}

/** The name that a set-hash is kept under. */
export function observedName({ operator, partition }: ObservedDelta): string {
  return `${operator}/${partition}`
}
