import type { Clock } from '../common/clock.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { OpenQuery } from './open-query.ts'
import { modelProgress } from './model-progress.ts'
import { isoTime, perSecond, type SourceProgress, type StateOperatorProgress, type StreamingQueryProgress } from './progress.ts'
import type { BatchResult } from './run-batch.ts'

/** Measures the phases of one trigger. */
export class Stopwatch {
  readonly startedWall: number
  readonly #clock: Clock
  readonly #started: number
  readonly phases: { [phase: string]: number } = {}

  constructor(clock: Clock) {
    this.#clock = clock
    this.startedWall = clock.now()
    this.#started = clock.monotonic()
  }

  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const start = this.#clock.monotonic()
    try {
      return await work()
    } finally {
      this.phases[phase] = Math.round(this.#clock.monotonic() - start)
    }
  }

  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#started
  }
}

/** Spark's phases: a plan is made once, when the query starts, and a batch is read by the tasks that compute it. */
const noPhases = Object.freeze({ latestOffset: 0, queryPlanning: 0, getBatch: 0, walCommit: 0, addBatch: 0, commitOffsets: 0 })

export interface ProgressInput {
  readonly open: OpenQuery
  readonly name: string | null
  readonly runId: string
  readonly entry: PreparedEntry
  readonly result: BatchResult
  readonly isReplay: boolean
  readonly watch: Stopwatch
  /** Null for the first trigger of a run. */
  readonly sinceLastTriggerMs: number | null
}

export function buildProgress(input: ProgressInput): StreamingQueryProgress {
  const { open, entry, result, watch } = input
  const { record } = entry.prepared
  const elapsed = watch.elapsedMs
  const numInputRows = [...result.inputRows.values()].reduce((a, b) => a + b, 0)
  const arrival = input.sinceLastTriggerMs ?? 0
  return {
    id: open.checkpoint.queryId,
    runId: input.runId,
    name: input.name,
    timestamp: isoTime(watch.startedWall),
    batchId: record.batchId,
    batchDuration: Math.round(elapsed),
    numInputRows,
    inputRowsPerSecond: perSecond(numInputRows, arrival),
    processedRowsPerSecond: perSecond(numInputRows, elapsed),
    durationMs: { ...noPhases, ...watch.phases, triggerExecution: Math.round(elapsed) },
    eventTime: eventTimes(input),
    // An adopted batch was run by a process that is gone: what it did to the state is not known any more.
    stateOperators: result.tasks.length === 0 ? [] : open.plan.physical.aggregations.map((a, i): StateOperatorProgress => {
      const states = result.states.filter(s => s.aggregation === i)
      const late = result.tasks.flatMap(t => t.late).filter(l => l.operator === a.name)
      const sum = (f: (s: (typeof states)[number]) => number): number => states.reduce((n, s) => n + f(s), 0)
      return {
        operatorName: 'stateStoreSave',
        numRowsTotal: sum(s => s.numRows),
        numRowsUpdated: sum(s => s.rowsUpdated),
        numRowsRemoved: sum(s => s.rowsRemoved),
        numRowsDroppedByWatermark: late.reduce((n, l) => n + l.groups, 0),
        numLateRows: late.reduce((n, l) => n + l.rows, 0),
        memoryUsedBytes: sum(s => s.memoryBytes),
        allUpdatesTimeMs: result.tasks.reduce((n, task) => (task.stage === `aggregation ${i}` ? n + task.timeMs : n), 0),
        allRemovalsTimeMs: 0,
        commitTimeMs: 0,
        numShufflePartitions: record.partitions,
        numStateStoreInstances: record.partitions,
        customMetrics: {},
      }
    }),
    sources: [...open.sources].map(([name, source]): SourceProgress => {
      const range = record.sources[name]
      const rows = result.inputRows.get(name) ?? 0
      return {
        name,
        description: source.description,
        startOffset: range?.start ?? null,
        endOffset: range?.end ?? null,
        latestOffset: source.newest?.() ?? range?.end ?? null,
        numInputRows: rows,
        inputRowsPerSecond: perSecond(rows, arrival),
        processedRowsPerSecond: perSecond(rows, elapsed),
        // What was said at start is in the first progress too: whoever only looks at progress would not know.
        notices: [...(input.sinceLastTriggerMs === null ? (open.notices.get(name) ?? []) : []), ...(source.notices?.() ?? [])],
        numBadRecords: badRecordsOf(name, open, result),
        metrics: source.metrics?.(range?.end ?? null) ?? {},
      }
    }),
    sink: { description: open.sinks.describe(), numOutputRows: entry.prepared.outputRows['output'] ?? 0, metrics: {} },
    observedMetrics: {},
    executors: byExecutor(result),
    models: record.models,
    modelMetrics: modelProgress(record, result),
    isReplay: input.isReplay,
  }
}

/** A task knows the scan that it ran, and the plan whose source that is; a source may have several. */
function badRecordsOf(source: string, open: OpenQuery, result: BatchResult): number {
  const stages = new Set(open.plan.physical.scans.flatMap((s, i) => (s.source === source ? [`scan ${i}`] : [])))
  return result.tasks.reduce((n, task) => (stages.has(task.stage) ? n + task.badRecords : n), 0)
}

function eventTimes({ open, entry, result }: ProgressInput): StreamingQueryProgress['eventTime'] {
  const { evict } = entry.prepared.record.watermarks
  const watermark = evict === null ? {} : { watermark: isoTime(evict) }
  const node = open.plan.shownTimes.find(name => result.times.some(t => t.node === name))
  const seen = result.times.filter(t => t.node === node)
  if (seen.length === 0) return watermark
  let count = 0
  let avg = 0
  for (const t of seen) {
    count += t.count
    avg += ((t.avg - avg) * t.count) / count
  }
  return {
    min: isoTime(Math.min(...seen.map(t => t.min))),
    max: isoTime(Math.max(...seen.map(t => t.max))),
    avg: isoTime(Math.trunc(avg)),
    ...watermark,
  }
}

function byExecutor(result: BatchResult): StreamingQueryProgress['executors'] {
  const found = new Map<string, { id: string; numTasks: number; numInputRows: number; timeMs: number }>()
  for (const t of result.tasks) {
    let e = found.get(t.executor)
    if (e === undefined) found.set(t.executor, (e = { id: t.executor, numTasks: 0, numInputRows: 0, timeMs: 0 }))
    e.numTasks++
    e.numInputRows += t.inputRows
    e.timeMs += t.timeMs
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
