import { rowsOf, type Row } from '../../columnar/values.ts'
import { makeError } from '../../common/errors.ts'
import { liveObject } from '../../common/live-objects.ts'
import { outputModes } from '../../common/output-mode.ts'
import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import { batchesOfParts, CollectWriter } from '../../sinks/collect-writer.ts'
import type { Marker, Sink, SinkOutput, SinkProvider } from '../../sinks/sink.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { type External, quietly } from './external.ts'

/** The one row of the marker table. */
interface MarkerRow {
  readonly epoch: number
  readonly last: Marker | null
  readonly incarnation: string
  /** Changed by every fence, so that a transaction that was begun before it cannot end after it. */
  readonly fence: number
}

/** A database outside of the machine: rows, and one marker row. Each call is one transaction. */
export class Table {
  readonly kind = 'Table'
  marker: MarkerRow | null = null
  readonly commits: { readonly batchId: number; readonly rows: readonly Row[] }[] = []
  /** Transactions whose answer was lost and which may still happen. */
  readonly inFlight: (() => void)[] = []
  /** Share of commits whose answer is lost. */
  lossRate = 0
}

/** The end of a process that reaches a {@link Table}. */
export class TableClient {
  readonly kind = 'TableClient'
  readonly table: Table
  readonly external: External
  readonly random: SeededRandom

  constructor(table: Table, external: External, random: SeededRandom) {
    this.table = table
    this.external = external
    this.random = random
  }
}

/** As a sink for a database is: rows and marker change in one transaction, and nothing is staged. */
class TableSink implements Sink {
  readonly description = 'table'
  readonly capabilities = Object.freeze({ lookup: true, resumable: false })
  readonly #client: TableClient
  readonly #rules: ProtocolRules
  #fence = -1

  constructor(client: TableClient, rules: ProtocolRules) {
    this.#client = client
    this.#rules = rules
  }

  epoch(): Promise<number> {
    return this.#client.external.call('table epoch', () => this.#client.table.marker?.epoch ?? 0)
  }

  async fence(epoch: number): Promise<{ readonly last: Marker | null; readonly incarnation: string | null }> {
    const { table, external, random } = this.#client
    const mine = this.#fence
    const before = this.#rules.lookUpAtFence ? null : { last: await external.call('table look-up', () => table.marker?.last ?? null) }
    return external.call('table fence', () => {
      const row = table.marker
      // The same epoch again only by the one who has it, to resolve an unknown outcome.
      if (row !== null && (epoch < row.epoch || (epoch === row.epoch && row.fence !== mine))) throw fenced(epoch, row.epoch)
      const fence = (this.#fence = random.next())
      table.marker = { epoch, fence, last: row?.last ?? null, incarnation: row?.incarnation ?? random.next().toString(16) }
      return { last: before === null ? table.marker.last : before.last, incarnation: table.marker.incarnation }
    })
  }

  async stage(): Promise<void> {}

  async commit(output: SinkOutput): Promise<'done' | 'already' | 'unknown'> {
    const { table, external, random } = this.#client
    const rows = batchesOfParts(output.parts).flatMap(rowsOf)
    const mine = this.#fence
    const transaction = (): 'done' | 'already' => this.#transaction(output, rows, mine)
    if (!random.chance(table.lossRate)) return external.call('table commit', transaction, late => table.inFlight.push(late))
    // The answer is lost: the transaction has happened, will happen, or never does.
    return external.call('table commit, no answer', () => {
      const fate = random.below(3)
      if (fate === 0) quietly(transaction)
      else if (fate === 1) table.inFlight.push(() => quietly(transaction))
      return 'unknown'
    })
  }

  #transaction(output: SinkOutput, rows: readonly Row[], fence: number): 'done' | 'already' {
    const { table } = this.#client
    const row = table.marker
    const { batchId, token, epoch } = output
    if (this.#rules.tableChecksEpoch && (row === null || row.epoch > epoch || row.fence !== fence)) throw fenced(epoch, row?.epoch ?? 0)
    if (this.#rules.tableChecksBatch && row?.last != null && row.last.batchId >= batchId) {
      const same = row.last.batchId === batchId && (row.last.token === token || !this.#rules.lookUpDecides)
      if (!same) throw makeError('SINK_TOKEN_MISMATCH', `The table has batch ${row.last.batchId} with another token.`, {})
      return 'already'
    }
    table.marker = { epoch: Math.max(row?.epoch ?? 0, epoch), fence: row?.fence ?? fence, last: { batchId, token }, incarnation: row?.incarnation ?? '' }
    table.commits.push({ batchId, rows })
    return 'done'
  }

  async hasStaged(): Promise<boolean> {
    return false
  }

  async sweep(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A look-up sink that cannot resume, as a database is; its content outlives the process. */
export const tableSinkProvider: SinkProvider = Object.freeze({
  name: 'torture-table',
  modes: outputModes,
  kind: 'sink',
  open: async (options, environment) => new TableSink(liveObject(environment.live, options['id'] as string, 'table client', isClient), environment.rules ?? protocolRules),
  writer: async (_options, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)

function isClient(value: unknown): value is TableClient {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'TableClient'
}

function fenced(epoch: number, newest: number): Error {
  return makeError('CHECKPOINT_FENCED', `The table has accepted epoch ${newest}; this writer has ${epoch}.`, { context: { epoch, newest } })
}
