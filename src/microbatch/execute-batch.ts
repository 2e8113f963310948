import { randomHex } from '../common/random.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { BatchRecord } from '../checkpoint/records.ts'
import type { RememberChanges } from '../checkpoint/remembered.ts'
import type { Attempt } from '../sinks/sink.ts'
import type { Stopwatch } from './build-progress.ts'
import { forgetUpTo } from './forget.ts'
import { prepareBatch, type PreparedBatch } from './prepare-batch.ts'
import { acceptState, publishAndCommit } from './publish-batch.ts'
import type { QueryRun } from './query-run.ts'
import { type BatchResult, runBatch } from './run-batch.ts'
import { keepOutput } from './spool.ts'
import type { Upkeep } from './upkeep.ts'

/** A batch that went all the way. */
export interface ExecutedBatch {
  readonly entry: PreparedEntry
  readonly result: BatchResult
}

/** Execute → stage → prepare → publish → commit: the order of durable steps is the protocol's. */
export async function executeBatch(
  run: QueryRun,
  upkeep: Upkeep,
  batch: { readonly record: BatchRecord; readonly remember: RememberChanges; readonly isReplay: boolean },
  watch: Stopwatch,
): Promise<ExecutedBatch> {
  const { record, remember, isReplay } = batch
  const { checkpoint, sinks } = run.open
  const { position } = run
  const { rules, ports } = run.environment
  const attempt: Attempt = { epoch: checkpoint.epoch, random: randomHex(ports.random, 8) }
  const result = await watch.time('addBatch', async () => {
    const r = await runTasks(run, record, attempt)
    await sinks.stage(record.batchId, attempt, r.parts)
    return r
  })
  const context = {
    open: run.open,
    outputMode: run.definition.outputMode,
    stateHashes: position.stateHashes,
    incarnations: position.committed?.prepared.incarnations ?? {},
    next: position.tracker.after(result.times, record),
  }
  const prepare = (ready: PreparedBatch): Promise<PreparedEntry> => checkpoint.prepare({ ...ready, remember })
  const { observed, ready, prepared } = await watch.time('walCommit', async () => {
    const spooled = mustSpool(run) ? await keepOutput(run.open.spool, record.batchId, attempt, result.parts) : null
    const changes = sinks.tables.change(record.batchId, result.parts)
    const batch = prepareBatch(context, record, attempt, result, changes, remember, spooled)
    return { observed: changes, ready: batch, prepared: rules.prepareBeforePublish ? await prepare(batch) : null }
  })
  const entry = prepared ?? checkpoint.entryOf(ready.prepared)
  // Prepare was synced, so everything up to the batch before is durable: its input may go.
  const durable = rules.forgetAfterNextPrepare ? position.committed : entry
  if (durable !== null) await forgetUpTo(run, durable)
  if (!rules.snapshotOfCommitted) await upkeep.maintain(entry, 0)
  await watch.time('commitOffsets', () => publishAndCommit(run, entry, result.parts, isReplay, prepared === null ? () => prepare(ready) : undefined))
  await acceptState(run, result.states, observed)
  position.takeOver(entry)
  return { entry, result }
}

/** What the state takes after the batch, with what an unfinished snapshot keeps. */
export function stateBytes({ states }: BatchResult): number {
  return states.reduce((n, state) => n + state.memoryBytes, 0)
}

/** The stages of a batch on the executors; nothing of it is visible yet. */
export function runTasks(run: QueryRun, record: BatchRecord, attempt: Attempt): Promise<BatchResult> {
  const { plan, sources } = run.open
  return runBatch({
    run: run.runId,
    plan: plan.physical,
    pool: run.environment.pool,
    record,
    attempt,
    dataOf: (name, partition) => sources.get(name)?.data?.(partition) ?? [],
    signal: run.stopping,
  })
}

/** Rule 23: when the input cannot be read again, or several sinks could not be served again. */
function mustSpool({ open: { sinks, sources }, definition }: QueryRun): boolean {
  return definition.settings.spoolOutput || sinks.needsSpool || [...sources.values()].some(s => !s.replayable)
}
