import { isMillraceError, messageOf } from '../../common/errors.ts'
import type { ProtocolRules } from '../../common/protocol-rules.ts'
import type { SinkConnector } from '../../session/connector.ts'
import { files } from '../../session/connectors/files.ts'
import { Session } from '../../session/session.ts'
import { addSinkProvider } from '../../sinks/registry.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { Program } from '../simulation/simulated-world.ts'
import { DeliveryClient, deliverySinkProvider } from './delivery-sink.ts'
import { External } from './external.ts'
import { changingFiles } from './input-folder.ts'
import type { SinkRole } from './job.ts'
import type { JobWorld } from './job-world.ts'
import { RecordingStores } from './recording-stores.ts'
import { places, startQuery } from './start-query.ts'
import { TableClient, tableSinkProvider } from './table-sink.ts'
import { versionedModel } from './versioned-model.ts'

addSinkProvider(deliverySinkProvider)
addSinkProvider(tableSinkProvider)

export interface ProgramOptions {
  readonly rules: ProtocolRules
  readonly random: SeededRandom
  readonly once: boolean
  readonly checkpoint: string
  /** Whether a write to a store vanishes. */
  readonly dropsWrite: () => boolean
}

/** One process from its start to its clean end; answers what went wrong, as text, or null. */
export async function runProgram(state: JobWorld, program: Program, options: ProgramOptions): Promise<string | null> {
  const { job, serials } = state
  const { random, rules, dropsWrite } = options
  const ports = job.nondeterministic ? { ...program.ports, files: changingFiles(program.ports.files, places.input, serials) } : program.ports
  const store = new RecordingStores(program.stores, state.prepared, dropsWrite)
  const session = await Session.start({ statePartitions: job.statePartitions, memoryBudgetBytes: 2 ** 30 }, { ports, store, rules, snapshotPageBytes: job.snapshotPageBytes ?? undefined })
  try {
    const model = job.scored ? await versionedModel(1 + random.below(2)) : undefined
    const query = await startQuery(session, job, { ...options, model, connect: role => connector(state, role, program, random) })
    await query.awaitTermination()
    return null
  } catch (error) {
    return errorText(error)
  } finally {
    await session.stop()
  }
}

function connector({ job, tables, deliveries }: JobWorld, role: SinkRole, program: Program, random: SeededRandom): SinkConnector {
  const sink = job.sinks.find(s => s.role === role)
  const external = new External(program.process, random)
  const table = tables.get(role)
  if (table !== undefined) return live('torture-table', role, new TableClient(table, external, random))
  const delivered = deliveries.get(role)
  if (delivered !== undefined) return live('torture-deliveries', role, new DeliveryClient(external, delivered))
  return files({
    path: places.sink(role), format: 'jsonl',
    ...(sink?.maxRowsPerFile == null ? {} : { maxRowsPerFile: sink.maxRowsPerFile }),
    ...(sink?.partitioned === true ? { partitionBy: ['key'] } : {}),
  })
}

function live(provider: string, role: SinkRole, object: unknown): SinkConnector {
  const id = `${provider}-${role}`
  return { kind: 'connector', provider, options: { id }, live: { id, object } }
}

/** Before the text of an error that is none of ours: a user would not know what to do with it. */
export const untyped = 'no typed error: '

function errorText(error: unknown): string {
  if (!isMillraceError(error)) return `${untyped}${(error as Error).stack ?? messageOf(error)}`
  return typedText(error)
}

function typedText(error: unknown): string {
  const e = error as { readonly code?: string; readonly cause?: unknown }
  const cause = e.cause === undefined ? '' : ` ← ${typedText(e.cause)}`
  return `${e.code ?? (error as Error).stack ?? 'error'} ${messageOf(error)}${cause}`
}
