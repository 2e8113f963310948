import type { RecordBatch } from '../columnar/record-batch.ts'
import type { BatchRecord } from '../checkpoint/records.ts'
import type { Executor } from '../exec/executor.ts'
import type { ExecutorPool } from '../exec/executor-pool.ts'
import type { BatchContext, PhysicalPlan, SinkName } from '../exec/physical-plan.ts'
import type { FrameRef, StateChange, Task, TaskMetrics, TaskResult } from '../exec/tasks.ts'
import type { TimeStatistics } from '../exec/operator.ts'
import type { Attempt, SinkPart } from '../sinks/sink.ts'
import type { InputPartition } from '../sources/source.ts'

/** What running a batch gave; nothing of it is visible yet. */
export interface BatchResult {
  readonly parts: ReadonlyMap<SinkName, readonly SinkPart[]>
  readonly states: readonly StateChange[]
  readonly times: readonly TimeStatistics[]
  readonly tasks: readonly TaskMetrics[]
  /** Rows read per source. */
  readonly inputRows: ReadonlyMap<string, number>
}

export interface RunInput {
  readonly run: string
  readonly plan: PhysicalPlan
  readonly pool: ExecutorPool
  readonly record: BatchRecord
  readonly attempt: Attempt
  /** Rows of partitions that live in the driver. */
  readonly dataOf: (source: string, partition: InputPartition) => readonly RecordBatch[] | Promise<readonly RecordBatch[]>
  readonly signal: AbortSignal
}

/**
 * Runs the stages of one batch on the executors. Parts, frames and statistics are put together in the order of
 * partitions, whichever task ended first. When a task fails the others are told to stop and waited for, every executor
 * acknowledges that nothing of the attempt is left in the exchange, and the first failure is thrown.
 */
export async function runBatch(input: RunInput): Promise<BatchResult> {
  const batch = contextOf(input.record, input.attempt)
  try {
    return await runStages(input, batch)
  } catch (error) {
    // What ended the batch is what counts, not what fails after it.
    if (input.plan.aggregations.length > 0) await Promise.allSettled(input.pool.executors.map(e => e.discard(input.run, batch)))
    throw error
  }
}

async function runStages(input: RunInput, batch: BatchContext): Promise<BatchResult> {
  const { plan, pool, record, run } = input
  const tasks: TaskMetrics[] = []
  const parts = new Map<SinkName, SinkPart[]>()
  const times: TimeStatistics[] = []
  const states: StateChange[] = []
  const inputRows = new Map<string, number>()

  const collect = (result: TaskResult): void => {
    tasks.push(result.metrics)
    times.push(...result.times)
    if (result.state !== null) states.push(result.state)
    for (const { sink, part } of result.parts) {
      const list = parts.get(sink)
      if (list === undefined) parts.set(sink, [part])
      else list.push(part)
    }
  }

  const controller = new AbortController()
  const signal = AbortSignal.any([input.signal, controller.signal])
  const onOwners = (list: readonly OwnedTask[]): Promise<TaskResult[]> => runOnOwners(pool, run, list, signal, controller)

  const scanTasks: (OwnedTask & { readonly source: string })[] = []
  for (const [scan, { source }] of plan.scans.entries()) {
    for (const partition of record.sources[source]?.partitions ?? []) {
      const position = scanTasks.length
      const data = await input.dataOf(source, partition)
      scanTasks.push({ source, owner: position, task: { kind: 'scan', batch, scan, position, partition, data } })
    }
  }
  let frames: FrameRef[][] = emptyFrames(plan.partitions)
  for (const [i, result] of (await onOwners(scanTasks)).entries()) {
    collect(result)
    addFrames(frames, i, result)
    const { source } = scanTasks[i]
    inputRows.set(source, (inputRows.get(source) ?? 0) + result.metrics.inputRows)
  }
  for (let aggregation = 0; aggregation < plan.aggregations.length; aggregation++) {
    const merging = frames.map((list, partition): OwnedTask => ({
      owner: partition,
      task: { kind: 'aggregate', batch, aggregation, partition, frames: list },
    }))
    frames = emptyFrames(plan.partitions)
    for (const [partition, result] of (await onOwners(merging)).entries()) {
      collect(result)
      addFrames(frames, partition, result)
    }
  }
  return { parts, states, times, tasks, inputRows }
}

/** A task, and the partition whose owner runs it. */
interface OwnedTask {
  readonly owner: number
  readonly task: Task
}

/**
 * Runs tasks on the executors that own them, one message each; results in the order of the tasks. After a failure the
 * rest is aborted and waited for, so that nothing runs on.
 */
async function runOnOwners(pool: ExecutorPool, run: string, list: readonly OwnedTask[], signal: AbortSignal, controller: AbortController): Promise<TaskResult[]> {
  const byExecutor = new Map<Executor, number[]>()
  list.forEach(({ owner }, i) => {
    const executor = pool.owner(owner)
    const mine = byExecutor.get(executor)
    if (mine === undefined) byExecutor.set(executor, [i])
    else mine.push(i)
  })
  const results = new Array<TaskResult>(list.length)
  let first: { readonly error: unknown } | null = null
  await Promise.all(
    [...byExecutor].map(async ([executor, mine]) => {
      try {
        const done = await executor.run(run, mine.map(i => list[i].task), signal)
        done.forEach((result, k) => {
          results[mine[k]] = result
        })
      } catch (error) {
        // What others report after the abort is only its echo.
        first ??= { error }
        controller.abort()
      }
    }),
  )
  if (first !== null) throw (first as { readonly error: unknown }).error
  return results
}

function contextOf(record: BatchRecord, attempt: Attempt): BatchContext {
  const micros = (ms: number | null): number | null => (ms === null ? null : ms * 1000)
  return {
    batchId: record.batchId,
    attempt,
    nowMicros: record.clockMs * 1000,
    timeZone: record.timeZone,
    seed: record.seed,
    models: record.models,
    modelVersions: record.modelVersions ?? record.models.map(() => null),
    routes: record.routes ?? [],
    lateMicros: micros(record.watermarks.late),
    evictMicros: micros(record.watermarks.evict),
  }
}

function emptyFrames(partitions: number): FrameRef[][] {
  return Array.from({ length: partitions }, () => [])
}

/** Notes where a task's frames are. Called in the order of tasks, which is the order of merging. */
function addFrames(frames: readonly FrameRef[][], position: number, { frames: sizes, metrics }: TaskResult): void {
  sizes.forEach((bytes, partition) => {
    if (bytes !== null) frames[partition].push({ executor: metrics.executor, position, bytes })
  })
}
