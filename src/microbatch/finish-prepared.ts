import { canonicalJson } from '../common/json.ts'
import type { BatchRecord } from '../checkpoint/records.ts'
import type { RememberChanges } from '../checkpoint/remembered.ts'
import { adoptedResult } from './batch-metrics.ts'
import type { Stopwatch } from './build-progress.ts'
import { constructBatch } from './construct-batch.ts'
import { executeBatch, type ExecutedBatch, runTasks } from './execute-batch.ts'
import { checkTables } from './execution-errors.ts'
import { changedStates } from './prepare-batch.ts'
import { acceptState, publishAndCommit } from './publish-batch.ts'
import type { QueryRun } from './query-run.ts'
import { nondeterministic, type Recovery } from './recover.ts'
import type { Upkeep } from './upkeep.ts'

/**
 * Brings a batch that was prepared before the restart to its commit, in the way that recover() chose (protocol rules 18
 * to 21).
 * @throws QueryError EXEC_NONDETERMINISTIC_REPLAY, SOURCE_FILE_CHANGED
 */
export async function finishPrepared(run: QueryRun, upkeep: Upkeep, recovery: Exclude<Recovery, { kind: 'none' }>, watch: Stopwatch): Promise<ExecutedBatch> {
  const { record } = recovery.entry.prepared
  if (recovery.kind === 'finish') {
    await publishAndCommit(run, recovery.entry, recovery.parts, true)
    await acceptState(run, [], [])
    run.position.takeOver(recovery.entry)
    return { entry: recovery.entry, result: adoptedResult(recovery.entry.prepared) }
  }
  checkTables(record, run.open.tableDigests)
  if (recovery.kind === 'recompute') return recompute(run, recovery)
  const batch = run.environment.rules.preparedKeepsInput ? { record, remember: [] } : await plannedAnew(run, record)
  return executeBatch(run, upkeep, { ...batch, isReplay: true }, watch)
}

/** Rule 19: the recorded attempt, published from a second run that must have come to the very same. */
async function recompute(run: QueryRun, { entry }: Extract<Recovery, { kind: 'recompute' }>): Promise<ExecutedBatch> {
  const { prepared } = entry
  const { record } = prepared
  const result = await runTasks(run, record, prepared.attempt)
  const observed = run.open.sinks.tables.change(record.batchId, result.parts)
  if (run.environment.rules.recomputedCompared) {
    if (run.open.sinks.outputDigest(result.parts) !== prepared.outputDigest) throw nondeterministic(record.batchId, 'output')
    const digests = [...changedStates(result), ...observed].map(s => s.digest).sort()
    if (canonicalJson(digests) !== canonicalJson(prepared.deltas.map(d => d.digest).sort())) throw nondeterministic(record.batchId, 'state')
  }
  await publishAndCommit(run, entry, result.parts, true)
  await acceptState(run, result.states, observed)
  run.position.takeOver(entry)
  return { entry, result }
}

/** What rule 21 forbids: the batch again, with whatever input there is by now. */
async function plannedAnew({ open, position }: QueryRun, record: BatchRecord): Promise<{ readonly record: BatchRecord; readonly remember: RememberChanges }> {
  const { sources, remember, hasData } = await constructBatch(open.sources, position.ends, 'limited')
  return { record: { ...record, sources, noData: !hasData }, remember }
}
