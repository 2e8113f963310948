import { assert } from '../common/assert.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { BatchRecord } from '../checkpoint/records.ts'
import type { ExecutorPool } from '../exec/executor-pool.ts'
import type { BatchContext, PhysicalPlan, SinkName } from '../exec/physical-plan.ts'
import type { StateChange, TaskMetrics, TaskResult } from '../exec/tasks.ts'
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
 * partitions, whichever task ended first. When a task fails the others are told to stop and waited for; the first
 * failure is thrown.
 */
export async function runBatch(input: RunInput): Promise<BatchResult> {
  const { plan, pool, record, run } = input
  const batch = contextOf(record, input.attempt)
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
  let position = 0
  const scanRuns = plan.scans.flatMap((scan, s) =>
    (record.sources[scan.source]?.partitions ?? []).map(partition => {
      const at = position++
      const start = async (): Promise<TaskResult> => {
        const data = await input.dataOf(scan.source, partition)
        return pool.owner(at).run(run, { kind: 'scan', batch, scan: s, position: at, partition, data }, signal)
      }
      return { source: scan.source, start }
    }),
  )
  const scanned = await settleAll(scanRuns.map(r => r.start()), controller)
  let frames: RecordBatch[][] = emptyFrames(plan.partitions)
  scanned.forEach((result, i) => {
    collect(result)
    addFrames(frames, result)
    const { source } = scanRuns[i]
    inputRows.set(source, (inputRows.get(source) ?? 0) + result.metrics.inputRows)
  })
  for (let aggregation = 0; aggregation < plan.aggregations.length; aggregation++) {
    const mine = frames
    const runs = mine.map((list, partition) =>
      pool.owner(partition).run(run, { kind: 'aggregate', batch, aggregation, partition, frames: list }, signal),
    )
    frames = emptyFrames(plan.partitions)
    for (const result of await settleAll(runs, controller)) {
      collect(result)
      addFrames(frames, result)
    }
  }
  return { parts, states, times, tasks, inputRows }
}

function contextOf(record: BatchRecord, attempt: Attempt): BatchContext {
  const micros = (ms: number | null): number | null => (ms === null ? null : ms * 1000)
  return {
    batchId: record.batchId,
    attempt,
    nowMicros: record.clockMs * 1000,
    seed: record.seed,
    models: record.models,
    lateMicros: micros(record.watermarks.late),
    evictMicros: micros(record.watermarks.evict),
  }
}

function emptyFrames(partitions: number): RecordBatch[][] {
  return Array.from({ length: partitions }, () => [])
}

function addFrames(frames: readonly RecordBatch[][], result: TaskResult): void {
  result.frames.forEach((frame, partition) => {
    if (frame !== null) frames[partition].push(frame)
  })
}

/** All results in order; after a failure the rest is aborted and waited for, so that nothing runs on. */
async function settleAll(promises: readonly Promise<TaskResult>[], controller: AbortController): Promise<TaskResult[]> {
  let first: { error: unknown } | null = null
  for (const promise of promises) {
    promise.catch((error: unknown) => {
      first ??= { error }
      controller.abort()
    })
  }
  const settled = await Promise.allSettled(promises)
  if (first !== null) throw (first as { error: unknown }).error
  return settled.map(s => {
    assert(s.status === 'fulfilled', 'Every task succeeded.')
    return s.value
  })
}
