import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, required, resolveOptions } from '../common/options.ts'
import { replayBatches, type ReplayReport } from '../microbatch/replay-batches.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { namePlan } from '../plan/name-plan.ts'
import { pruneColumns } from '../plan/prune-columns.ts'
import { pushFilters } from '../plan/push-filters.ts'
import type { SinkConnector } from './connector.ts'
import type { FrameModels } from './frame-models.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'
import { resolveModels } from './resolve-models.ts'
import type { SessionCore } from './session-core.ts'

export type { ReplayReport } from '../microbatch/replay-batches.ts'

export interface ReplayOptions<R> {
  /** The checkpoint of the query that made the batches; it must not run. */
  readonly checkpointLocation: string
  /** First and last batch, both replayed. */
  readonly batches: { readonly from: number; readonly to: number }
  /** Scores instead of what scored then. Default: what scored then, as the checkpoint has kept it. */
  readonly model?: LoadedModel<unknown> | ModelReference<unknown>
  /** Where the rows go: a place of this replay alone. */
  readonly sink: SinkConnector<R>
}

const isBatch = (n: unknown): boolean => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0

const replayOptions = optionTable({
  checkpointLocation: required(option.text('', 'Folder of the checkpoint.')),
  batches: required(option.value<{ readonly from: number; readonly to: number }>({ from: 0, to: 0 }, 'First and last batch.', 'an object such as { from: 10, to: 20 }', value => {
    const { from, to } = (value ?? {}) as { readonly from?: number; readonly to?: number }
    return isBatch(from) && isBatch(to) && (from as number) <= (to as number)
  })),
  model: optional(option.value<unknown>(undefined, 'What scores.', 'a model: await registry.load("name@7")', value => ['model', 'model-reference'].includes(String((value as { readonly kind?: unknown } | null)?.kind)))),
  sink: required(option.value<unknown>(undefined, 'Where the rows go.', 'a sink such as files({ … })', value => (value as { readonly kind?: unknown } | null)?.kind === 'connector')),
})

/** See DataFrame.replay(). */
export async function replayFrame<R>(core: SessionCore, frame: LogicalPlan, frameModels: FrameModels, options: ReplayOptions<R>): Promise<ReplayReport> {
  core.queries.requireOpen()
  const { checkpointLocation, batches } = resolveOptions(replayOptions, { ...options }, 'replay()')
  if (checkpointLocation === '') throw makeError('PLAN_INVALID_OPTION', 'replay() needs the checkpointLocation of the query that made the batches.', { context: { option: 'checkpointLocation' } })
  const { plan } = await resolveModels(frame, frameModels)
  const { sink, model: given } = options
  sink.checkSink?.()
  core.register(sink.live)
  const model = given === undefined ? undefined : given.kind === 'model' ? given : await given.resolve()
  return replayBatches({
    plan: pruneColumns(pushFilters(namePlan(plan))),
    checkpointLocation,
    from: batches.from,
    to: batches.to,
    model: model === undefined ? undefined : { digest: model.digest, version: model.version ?? null, artefact: model.artefact },
    sink: { provider: sink.provider, options: sink.options },
    environment: core.environment,
    timeZone: core.timeZone,
  })
}
