import { sha256 } from '../common/digest.ts'
import type { LiveObjects } from '../common/live-objects.ts'
import type { Ports } from '../common/ports.ts'
import { concatBatches } from '../columnar/concat.ts'
import { encodeFrame } from '../columnar/frame.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { firstToken, type SourceRange } from '../checkpoint/records.ts'
import type { ExecutorPool } from '../exec/executor-pool.ts'
import type { QuerySetup } from '../exec/executor.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { loadSource } from '../sources/registry.ts'
import type { Source } from '../sources/source.ts'
import { planIncrementally } from './incremental-planner.ts'
import { runBatch } from './run-batch.ts'

export interface BoundedEnvironment {
  readonly ports: Ports
  readonly pool: ExecutorPool
  readonly live: LiveObjects
  readonly timeZone: string
  readonly partitions: number
}

let runs = 0

/**
 * Runs a plan once over everything that its sources have, without a checkpoint: what collect() does, and how the
 * static side of a join is read. The same stages and operators as a stream's.
 */
export async function runBounded(plan: LogicalPlan, models: ReadonlyMap<string, ModelArtefact>, environment: BoundedEnvironment): Promise<RecordBatch> {
  const { ports, pool, live } = environment
  const incremental = planIncrementally(plan, {
    outputMode: 'complete',
    partitions: environment.partitions,
    timeZone: environment.timeZone,
    // The writer of a memory sink hands the rows back as they are; no such sink is ever opened.
    sinks: [{ name: 'output', provider: { provider: 'memory', options: { id: '' } }, schema: null }],
    bounded: true,
  })
  const tables = await loadTables(incremental.tables, models, environment)
  const run = `bounded-${runs++}`
  const lease = pool.lease()
  const setup: QuerySetup = {
    plan: incremental.physical,
    queryId: run,
    lease,
    tables: [...tables].map(([name, batch]) => ({ name, batch })),
    models: [...new Set(incremental.models)].map(digest => ({ digest, artefact: models.get(digest) as ModelArtefact })),
  }
  const sources = new Map<string, Source>()
  try {
    for (const executor of pool.executors) await executor.open(run, setup)
    const ranges: { [name: string]: SourceRange } = {}
    for (const scan of incremental.scans) {
      if (sources.has(scan.name)) continue
      const provider = await loadSource(scan.source.provider)
      const source = await provider.open(scan.source.options, scan.declared, { ports, live, directory: undefined })
      sources.set(scan.name, source)
      await source.restore(new Map())
      const end = await source.latestOffset(null, 'all')
      ranges[scan.name] = { start: null, end, partitions: end === null ? [] : (await source.plan(null, end)).partitions }
    }
    const result = await runBatch({
      run,
      plan: incremental.physical,
      pool,
      record: {
        batchId: 0,
        sources: ranges,
        watermarks: { late: null, evict: null },
        idle: [],
        clockMs: ports.clock.now(),
        timeZone: environment.timeZone,
        seed: 0,
        models: incremental.models,
        modelVersions: incremental.slots.map(s => s.version),
        ...(incremental.routes.length === 0 ? {} : { routes: incremental.routes }),
        tables: {},
        partitions: environment.partitions,
        sinks: ['output'],
        noData: false,
        previousToken: firstToken,
      },
      attempt: { epoch: 0, random: '0'.repeat(16) },
      dataOf: (name, partition) => sources.get(name)?.data?.(partition) ?? [],
      signal: new AbortController().signal,
    })
    return concatBatches(outputSchema(plan), (result.parts.get('output') ?? []).flatMap(p => p.batches))
  } finally {
    for (const source of sources.values()) await source.close()
    for (const executor of pool.executors) await executor.close(run)
    pool.giveBack(lease)
  }
}

/** The static sides of a query's joins, read whole. */
export async function loadTables(
  tables: ReadonlyMap<string, LogicalPlan>,
  models: ReadonlyMap<string, ModelArtefact>,
  environment: BoundedEnvironment,
): Promise<Map<string, RecordBatch>> {
  const loaded = new Map<string, RecordBatch>()
  for (const [name, plan] of tables) loaded.set(name, await runBounded(plan, models, environment))
  return loaded
}

/** Identifies the content of a static table in the batch record. */
export function tableDigest(table: RecordBatch): string {
  return sha256(encodeFrame(table))
}
