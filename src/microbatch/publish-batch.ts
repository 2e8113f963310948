import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { type ObservedDelta, observedName } from './observer-tables.ts'
import { stateName } from './prepare-batch.ts'
import type { QueryRun } from './query-run.ts'
import type { BatchResult } from './run-batch.ts'
import type { PartsBySink } from './sink-set.ts'

/** Publish → commit: every sink takes the prepared batch, then its mark is put, then observers are told (rules 6, 7 and 25). */
export async function publishAndCommit(run: QueryRun, entry: PreparedEntry, parts: PartsBySink, isReplay: boolean, between?: () => Promise<unknown>): Promise<void> {
  const { rules } = run.environment
  const { checkpoint, sinks } = run.open
  const { record, attempt, token } = entry.prepared
  const output = { batchId: record.batchId, attempt, token, epoch: checkpoint.epoch, isReplay }
  const commit = (): Promise<void> => checkpoint.commit(entry, { sync: !sinks.hasLookup })
  if (!rules.commitAfterPublish) await commit()
  await sinks.publish(output, parts, rules.commitAfterAllSinks ? undefined : commit)
  await between?.()
  if (rules.commitAfterPublish) await commit()
  if (sinks.hasObservers) await sinks.observe({ ...output, watermarkMs: entry.prepared.next.global }, parts)
}

/** The batch is committed: what it changed in the state stays. */
export async function acceptState(run: QueryRun, states: BatchResult['states'], observed: readonly ObservedDelta[]): Promise<void> {
  for (const executor of run.environment.pool.executors) await executor.accept(run.runId)
  run.open.sinks.tables.accept()
  for (const delta of observed) run.position.stateHashes.set(observedName(delta), delta.setHash)
  const { aggregations } = run.open.plan.physical
  for (const s of states) run.position.stateHashes.set(stateName(aggregations[s.aggregation].name, s.partition), s.setHash)
}
