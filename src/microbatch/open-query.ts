import { isMillraceError, makeError, messageOf } from '../common/errors.ts'
import { randomUuid } from '../common/random.ts'
import { describeType } from '../columnar/data-type.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { dropArtefact, keepArtefact, keptArtefacts, readArtefact } from '../checkpoint/artefacts.ts'
import { Checkpoint, type CheckpointView } from '../checkpoint/checkpoint.ts'
import { type CheckpointDirectory, lockDirectory } from '../checkpoint/directory.ts'
import type { StoreProvider } from '../checkpoint/key-value-store.ts'
import type { QueryDescription } from '../checkpoint/records.ts'
import { SpoolFiles } from '../checkpoint/spool-files.ts'
import type { PhysicalPlan } from '../exec/physical-plan.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { loadSource } from '../sources/registry.ts'
import type { Source, SourceNotice } from '../sources/source.ts'
import { loadTables, tableDigest } from './bounded-query.ts'
import { checkCompatible } from './compatibility.ts'
import { type IncrementalPlan, planIncrementally } from './incremental-planner.ts'
import type { QueryDefinition, QueryEnvironment } from './query-definition.ts'
import { SinkSet } from './sink-set.ts'

/** A query with its checkpoint locked, its sinks fenced and its history known, before recovery. */
export interface OpenQuery {
  readonly checkpoint: Checkpoint
  readonly spool: SpoolFiles
  readonly plan: IncrementalPlan
  readonly sinks: SinkSet
  /** Something of it lives in deltas and snapshots. */
  readonly isStateful: boolean
  readonly sources: ReadonlyMap<string, Source>
  readonly tables: ReadonlyMap<string, RecordBatch>
  readonly tableDigests: { readonly [name: string]: string }
  /** Those that the query scores with, may go back to, or is about to score with; and those of a batch in doubt. */
  readonly models: Map<string, ModelArtefact>
  readonly view: CheckpointView
  /** What sources had to say when they were opened, by name. */
  readonly notices: ReadonlyMap<string, readonly SourceNotice[]>
  close(): Promise<void>
}

/**
 * Opens a query in the protocol's order (rules 10 to 14): lock, epoch above every sink's, fence, open the store, one
 * synced epoch write, compare. Whatever was opened is closed again when a step fails.
 */
export async function openQuery(definition: QueryDefinition, environment: QueryEnvironment): Promise<OpenQuery> {
  const { ports, store, pool, live, rules } = environment
  const closers: (() => Promise<void>)[] = []
  const close = (): Promise<void> => closeAll(closers.splice(0).reverse())
  try {
    const directory = await lockDirectory(definition.checkpointLocation, store, ports, randomUuid(ports.random))
    closers.push(() => directory.lock.close())
    const { queryId } = directory
    let plan = plannedWith(definition, definition.settings.partitions)

    const sources = new Map<string, Source>()
    for (const scan of plan.scans) {
      if (sources.has(scan.name)) continue
      const provider = await loadSource(scan.source.provider)
      const source = await provider.open(scan.source.options, scan.declared, { ports, live, directory: `${definition.checkpointLocation}/sources/${scan.name}` })
      sources.set(scan.name, source)
      closers.push(() => source.close())
    }
    const bounded = { ports, pool, live, timeZone: definition.settings.timeZone, partitions: 1 }
    const tables = await loadTables(plan.tables, definition.models, bounded)

    const sinks = await SinkSet.open(definition, plan.physical.sinks, queryId, environment)
    closers.push(() => sinks.close())
    const above = rules.epochAboveSinks ? await sinks.greatestEpoch() : await epochOf(directory, store)
    let epoch = rules.epochBumped ? above + 1 : Math.max(above, 1)
    if (sinks.hasLookup) await sinks.fence(epoch)

    const checkpoint = await Checkpoint.open(directory, store, rules)
    closers.push(() => checkpoint.closeStore())
    // A checkpoint restored beside a new sink, or one whose other sink had the greater epoch, is ahead of what was
    // fenced. The lock is held, so that nobody else runs on this checkpoint: above it is safe.
    if (checkpoint.epoch >= epoch) {
      epoch = checkpoint.epoch + 1
      await sinks.fence(epoch)
    } else if (!sinks.hasLookup) await sinks.fence(epoch)

    const known = await checkpoint.description()
    // The number of state partitions is the checkpoint's, whatever the settings say now.
    if (known !== null && known.partitions !== definition.settings.partitions) plan = plannedWith(definition, known.partitions)
    const description = describe(queryId, definition, plan.physical, sinks)
    if (known !== null) checkCompatible(known, description, { mayAppend: definition.settings.compat !== 'spark' })
    const view = await checkpoint.view()
    sinks.compare(view.committed, view.candidates)
    await checkpoint.beginEpoch(epoch, known === null ? description : { ...description, watermarkPolicy: known.watermarkPolicy })
    if (!rules.sweptAfterRecovery) await sinks.sweep(epoch)
    const models = await keepModels(checkpoint, definition, view)
    const tableDigests = Object.fromEntries([...tables].map(([name, table]) => [name, tableDigest(table)]))
    for (const [name, source] of sources) await source.restore(checkpoint.remembered(name))
    const notices = new Map([...sources].map(([name, source]) => [name, source.notices?.() ?? []]))
    const spool = new SpoolFiles(ports.files, definition.checkpointLocation)
    const isStateful = plan.physical.aggregations.length > 0 || !sinks.tables.isEmpty
    return { checkpoint, spool, plan, sinks, isStateful, sources, tables, tableDigests, models, view, notices, close }
  } catch (error) {
    // What failed first is what counts.
    await close().catch(() => undefined)
    throw isMillraceError(error) ? error : notOpened(definition, error)
  }
}

/** All of them, whatever happens to one; then the first error is thrown. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  let first: { readonly error: unknown } | null = null
  for (const close of closers) {
    await close().catch((error: unknown) => {
      first ??= { error }
    })
  }
  if (first !== null) throw (first as { readonly error: unknown }).error
}

/** What the machine says about a full disk or a folder without rights, in words that tell where. */
function notOpened({ name, checkpointLocation }: QueryDefinition, cause: unknown): Error {
  return makeError('EXEC_FAILED', `Query "${name ?? checkpointLocation}" could not be opened: ${messageOf(cause)}. Remove the cause and start the query again.`, {
    context: { name, checkpointLocation }, cause,
  })
}

/** The checkpoint's epoch alone, which is not enough (rule 11). */
async function epochOf(directory: CheckpointDirectory, store: StoreProvider): Promise<number> {
  const checkpoint = await Checkpoint.open(directory, store)
  await checkpoint.closeStore()
  return checkpoint.epoch
}

function plannedWith(definition: QueryDefinition, partitions: number): IncrementalPlan {
  return planIncrementally(definition.plan, {
    outputMode: definition.outputMode,
    partitions,
    timeZone: definition.settings.timeZone,
    sinks: definition.sinks,
    bounded: false,
    likeSpark: definition.settings.compat === 'spark',
  })
}

function describe(queryId: string, definition: QueryDefinition, plan: PhysicalPlan, sinks: SinkSet): QueryDescription {
  const sources = new Map(plan.scans.map(s => [s.source, { name: s.source, provider: s.provider.provider }]))
  return {
    queryId,
    partitions: plan.partitions,
    watermarkPolicy: definition.settings.watermarkPolicy,
    sources: [...sources.values()],
    operators: [...plan.aggregations.map(a => ({
      name: a.name,
      kind: 'aggregate',
      keys: a.keys.map((k, i) => ({ name: k.name, type: describeType(a.output.fields[i].type) })),
      values: a.table.values.map(v => ({ name: v.column, type: v.name })),
      time: timeText(a),
    })), ...sinks.tables.descriptions],
    sinks: definition.sinks.map(s => ({ name: s.name, provider: s.provider.provider })),
  }
}

/** How an operator's groups end, as its state depends on it: window size, slide and offset, and the panes if it has any. */
function timeText(a: PhysicalPlan['aggregations'][number]): string {
  if (a.time.kind === 'none') return 'none'
  const expr = a.keys[a.time.key].expr
  if (expr.kind !== 'window') return a.time.kind
  const panes = a.paneMicros === null ? '' : ` in panes of ${a.paneMicros}`
  return `window ${expr.sizeMicros} ${expr.slideMicros} ${expr.startMicros}${panes}`
}

/** Keeps the query's models in the checkpoint and finds those that an unfinished batch was scored with. */
async function keepModels(checkpoint: Checkpoint, definition: QueryDefinition, view: CheckpointView): Promise<Map<string, ModelArtefact>> {
  const models = new Map(definition.models)
  if (!checkpoint.rules.modelsKept) for (const digest of await keptArtefacts(checkpoint)) if (!models.has(digest)) await dropArtefact(checkpoint, digest)
  for (const [digest, artefact] of models) await keepArtefact(checkpoint, digest, artefact.files)
  for (const candidate of view.candidates) {
    for (const digest of candidate.prepared.record.models) {
      if (models.has(digest)) continue
      const files = await readArtefact(checkpoint, digest)
      if (files === undefined) throw modelMissing(digest, candidate.prepared.record.batchId)
      models.set(digest, { files })
    }
  }
  return models
}

function modelMissing(digest: string, batchId: number): Error {
  return makeError('CHECKPOINT_CORRUPT', `Batch ${batchId} was scored with model ${digest}, which is no longer in the checkpoint. Restore the checkpoint from a backup.`, { context: { digest, batchId } })
}
