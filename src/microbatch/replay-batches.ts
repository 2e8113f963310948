import { sha256 } from '../common/digest.ts'
import { makeError } from '../common/errors.ts'
import { randomHex } from '../common/random.ts'
import { readArtefact } from '../checkpoint/artefacts.ts'
import { Checkpoint } from '../checkpoint/checkpoint.ts'
import { lockExisting } from '../checkpoint/directory.ts'
import { existingStores } from '../checkpoint/existing-store.ts'
import { type BatchRecord, firstToken } from '../checkpoint/records.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { ProviderSpec } from '../common/provider-spec.ts'
import { type LogicalPlan, nodesOf } from '../plan/logical-plan.ts'
import { loadSource } from '../sources/registry.ts'
import type { Source } from '../sources/source.ts'
import { loadTables, tableDigest } from './bounded-query.ts'
import { type IncrementalPlan, planIncrementally } from './incremental-planner.ts'
import { mismatch } from './model-fit.ts'
import type { QueryEnvironment } from './query-definition.ts'
import { runBatch } from './run-batch.ts'
import { SinkSet } from './sink-set.ts'

/** Another model for a place in the plan. */
export interface ReplayModel {
  readonly digest: string
  readonly version: string | null
  readonly artefact: ModelArtefact
}

export interface ReplayInput {
  readonly plan: LogicalPlan
  readonly checkpointLocation: string
  /** Both are replayed. */
  readonly from: number
  readonly to: number
  /** Takes the place of whatever scored, on every route; undefined: what the records name scores again. */
  readonly model: ReplayModel | undefined
  readonly sink: ProviderSpec
  readonly environment: QueryEnvironment
  readonly timeZone: string
}

export interface ReplayReport {
  readonly batches: number
  readonly numInputRows: number
  readonly numOutputRows: number
  /** Batches that the sink had from an earlier replay that did not come to its end. */
  readonly skipped: number
  /** Static tables whose content is no longer that of the batches: rows may differ for that. */
  readonly changedTables: readonly string[]
}

/**
 * Runs recorded batches once more, over the very ranges, watermarks, clock and seed of their records, with another model,
 * into another sink. The checkpoint is read and stays as it is. Tokens of the replay chain what was replayed, so that one
 * that was cut short goes on where it was, and never in the output of another.
 */
export async function replayBatches(input: ReplayInput): Promise<ReplayReport> {
  const { ports, store } = input.environment
  const directory = await lockExisting(input.checkpointLocation, store, ports)
  try {
    const checkpoint = await Checkpoint.open(directory, existingStores(store, ports.files))
    try {
      const records = await recordsOf(checkpoint, input)
      return await replayRecords(input, checkpoint, records)
    } finally {
      await checkpoint.closeStore()
    }
  } finally {
    await directory.lock.close()
  }
}

async function recordsOf(checkpoint: Checkpoint, { from, to, checkpointLocation }: ReplayInput): Promise<BatchRecord[]> {
  const committed = new Map<number, string>()
  for await (const mark of checkpoint.commits()) committed.set(mark.batchId, mark.token)
  const last = (await checkpoint.view()).committed?.prepared
  if (last !== undefined) committed.set(last.record.batchId, last.token)
  const records: BatchRecord[] = []
  for await (const { prepared } of checkpoint.records()) {
    const { batchId } = prepared.record
    if (batchId >= from && batchId <= to && committed.get(batchId) === prepared.token) records.push(prepared.record)
  }
  records.sort((a, b) => a.batchId - b.batchId)
  if (records.length !== to - from + 1) {
    const there = [...committed.keys()].sort((a, b) => a - b)
    throw makeError('PLAN_INVALID_OPTION', `replay() is to replay batches ${from} to ${to}, and the checkpoint "${checkpointLocation}" has ${there.length === 0 ? 'none' : `${there[0]} to ${there[there.length - 1]}`}. Ask for these; writeStream() keeps as many as minBatchesToRetain says.`, {
      context: { option: 'batches', from, to, first: there[0] ?? null, last: there[there.length - 1] ?? null },
    })
  }
  return records
}

async function replayRecords(input: ReplayInput, checkpoint: Checkpoint, records: readonly BatchRecord[]): Promise<ReplayReport> {
  const { environment, timeZone, model } = input
  const { ports, pool, live } = environment
  const plan = planOf(input)
  const models = await modelsOf(input, plan, checkpoint, records)
  const sources = new Map<string, Source>()
  const run = `replay-${randomHex(ports.random, 16)}`
  const lease = pool.lease()
  let sinks: SinkSet | null = null
  try {
    for (const scan of plan.scans) {
      if (sources.has(scan.name)) continue
      const provider = await loadSource(scan.source.provider)
      const source = await provider.open(scan.source.options, scan.declared, { ports, live, directory: `${input.checkpointLocation}/sources/${scan.name}` })
      sources.set(scan.name, source)
      if (!source.replayable) throw notReplayable(scan.name)
      await source.restore(checkpoint.remembered(scan.name))
    }
    const tables = await loadTables(plan.tables, models, { ports, pool, live, timeZone, partitions: 1 })
    const changedTables = [...tables].flatMap(([name, table]) => (records.some(r => r.tables[name] !== tableDigest(table)) ? [name] : []))
    sinks = await SinkSet.open({ outputMode: 'append' }, plan.physical.sinks, checkpoint.queryId, environment)
    const epoch = (await sinks.greatestEpoch()) + 1
    await sinks.fence(epoch)
    for (const executor of pool.executors) {
      await executor.open(run, { plan: plan.physical, queryId: checkpoint.queryId, lease, tables: [...tables].map(([name, batch]) => ({ name, batch })), models: [...models].map(([digest, artefact]) => ({ digest, artefact })) })
    }
    const tokens = tokensOf(records, model)
    const first = startOf(sinks, records, tokens)
    let [numInputRows, numOutputRows] = [0, 0]
    for (let i = first; i < records.length; i++) {
      const own = model === undefined ? records[i] : { ...records[i], models: records[i].models.map(() => model.digest), modelVersions: records[i].models.map(() => model.version) }
      const attempt = { epoch, random: randomHex(ports.random, 8) }
      const result = await runBatch({
        run, plan: plan.physical, pool, record: own, attempt,
        dataOf: (name, partition) => sources.get(name)?.data?.(partition) ?? [],
        signal: new AbortController().signal,
      })
      await sinks.stage(own.batchId, attempt, result.parts)
      const output = { batchId: own.batchId, attempt, token: tokens[i], epoch, isReplay: false }
      await sinks.publish(output, result.parts)
      if (sinks.hasObservers) await sinks.observe({ ...output, watermarkMs: own.watermarks.evict }, result.parts)
      for (const rows of result.inputRows.values()) numInputRows += rows
      for (const part of result.parts.get('output') ?? []) numOutputRows += part.rows
    }
    return { batches: records.length - first, numInputRows, numOutputRows, skipped: first, changedTables }
  } finally {
    for (const source of sources.values()) await source.close()
    for (const executor of pool.executors) await executor.close(run).catch(() => undefined)
    pool.giveBack(lease)
    await sinks?.close()
  }
}

function planOf({ plan, sink, timeZone }: ReplayInput): IncrementalPlan {
  const isShadowed = [...nodesOf(plan)].some(n => n.kind === 'score' && n.shadow !== undefined)
  // Shadows keep their places among the models of the records; what they would say is not asked for.
  const sinks = [
    { name: 'output', provider: sink, schema: null } as const,
    ...(isShadowed ? [{ name: 'disagreements', provider: { provider: 'noop', options: {} }, schema: null } as const] : []),
  ]
  const planned = planIncrementally(plan, { outputMode: 'append', partitions: 1, timeZone, sinks, bounded: false })
  if (planned.physical.aggregations.length > 0) {
    throw makeError('PLAN_UNSUPPORTED_OPERATOR', 'replay() scores recorded batches again, and the frame has an aggregation, whose state before these batches is gone. Replay the frame up to score(), and aggregate what comes out.', { context: { what: 'replay() of an aggregation' } })
  }
  return planned
}

/** The models by digest: the other one, or those that the records name. */
async function modelsOf({ model, plan }: ReplayInput, { slots }: IncrementalPlan, checkpoint: Checkpoint, records: readonly BatchRecord[]): Promise<Map<string, ModelArtefact>> {
  for (const { batchId, models } of records) if (models.length !== slots.length) throw otherPlan(batchId, models.length, slots.length)
  if (model !== undefined) {
    const scores = [...nodesOf(plan)].filter(n => n.kind === 'score').length
    let reason = scores === 1 ? null : `the query has ${scores} score(), and only that of one can be replaced`
    for (const slot of slots) reason ??= await mismatch(slot, model)
    if (reason !== null) throw makeError('ML_SCHEMA_MISMATCH', `replay() cannot score with the model that it was given: ${reason}.`, { context: { digest: model.digest } })
    return new Map([[model.digest, model.artefact]])
  }
  const found = new Map<string, ModelArtefact>()
  for (const digest of new Set(records.flatMap(r => r.models))) {
    const files = await readArtefact(checkpoint, digest)
    if (files === undefined) throw makeError('PLAN_INVALID_OPTION', `replay() is to score with model ${digest}, as the batches were, and the checkpoint no longer has it. Give replay() the model: await registry.load("name@7").`, { context: { option: 'model', digest } })
    found.set(digest, { files })
  }
  return found
}

function tokensOf(records: readonly BatchRecord[], model: { readonly digest: string } | undefined): string[] {
  let before = firstToken
  return records.map(({ batchId, previousToken, models }) => (before = sha256(`replay ${before} ${previousToken} ${batchId} ${model?.digest ?? models.join(' ')}`)))
}

/** Behind what the sink has of this very replay. */
function startOf(sinks: SinkSet, records: readonly BatchRecord[], tokens: readonly string[]): number {
  for (let i = records.length - 1; i >= 0; i--) if (sinks.held(records[i].batchId).token === tokens[i]) return i + 1
  const last = sinks.lastHeld
  if (last !== null) {
    throw makeError('SINK_TOKEN_MISMATCH', `The sink of replay() has a batch ${last.batchId} that is not of this replay. Give each replay a place of its own.`, { context: { batchId: last.batchId, token: last.token } })
  }
  return 0
}

function otherPlan(batchId: number, recorded: number, planned: number): Error {
  return makeError('PLAN_INVALID_OPTION', `Batch ${batchId} was scored by ${recorded} models, and the frame that replay() was given has ${planned}. Replay with the frame of the query that made the batch.`, { context: { option: 'batches', batchId, recorded, planned } })
}

function notReplayable(source: string): Error {
  return makeError('PLAN_UNSUPPORTED_OPERATOR', `replay() reads the recorded ranges again, and source "${source}" cannot be read again.`, { context: { what: `replay() of source "${source}"` } })
}

