import { assert } from '../common/assert.ts'
import type { StoredState } from '../checkpoint/snapshots.ts'
import type { QuerySetup } from '../exec/executor.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { stateName } from './prepare-batch.ts'
import type { QueryRun } from './query-run.ts'

/** Brings the query to its executors, and each state partition to its owner. */
export async function openExecutors(run: QueryRun, states: readonly StoredState[]): Promise<void> {
  const { pool } = run.environment
  const setup = setupOf(run)
  for (const executor of pool.executors) await executor.open(run.runId, setup)
  for (const state of states) {
    run.position.stateHashes.set(stateName(state.operator, state.partition), state.setHash)
    if (run.open.sinks.tables.has(state.operator)) continue
    const aggregation = run.open.plan.physical.aggregations.findIndex(a => a.name === state.operator)
    assert(aggregation >= 0, 'Operators of the checkpoint were compared with the query.', { operator: state.operator })
    await pool.owner(state.partition).restore(run.runId, {
      aggregation,
      partition: state.partition,
      stored: { pages: state.pages, deltas: state.deltas, setHash: state.setHash },
    })
  }
}

function setupOf({ open: { plan, tables, models, checkpoint }, lease }: QueryRun): QuerySetup {
  return {
    plan: plan.physical,
    queryId: checkpoint.queryId,
    lease,
    tables: [...tables].map(([name, batch]) => ({ name, batch })),
    models: [...models].map(([digest, artefact]: [string, ModelArtefact]) => ({ digest, artefact })),
  }
}
