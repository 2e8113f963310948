import type { TaskMetrics } from '../exec/tasks.ts'
import type { SourceOffset } from '../sources/source.ts'
import type { BatchReporter, ShownBatch, StateSize } from './batch-reporter.ts'
import type { ModelStatus } from './model-swaps.ts'
import type { QueryRun } from './query-run.ts'

/** Where a running query stands, as the driver knows it without asking anybody. */
export interface QueryStanding {
  /** Tasks of the last batch that ran since the start. */
  readonly tasks: readonly TaskMetrics[]
  /** The last batch that read something; null before the first. */
  readonly shownBatch: ShownBatch | null
  readonly states: readonly StateSize[]
  readonly sources: readonly SourceStanding[]
  /** By slot of the plan. */
  readonly models: readonly (ModelStatus & { readonly bytes: number })[]
  /** Where the query's output goes. */
  readonly sink: string
  readonly watermark: {
    readonly policy: string
    /** Milliseconds; null: none yet. */
    readonly globalMs: number | null
    readonly nodes: readonly { readonly node: string; readonly delayMs: number; readonly watermarkMs: number | null; readonly seenMs: number | null; readonly holdsBack: boolean }[]
  }
}

export interface SourceStanding {
  readonly name: string
  readonly description: string
  /** End of the last committed batch. */
  readonly end: SourceOffset | null
  /** The newest that the source knows of; null when it does not say. */
  readonly newest: SourceOffset | null
}

export function standingOf(run: QueryRun, reporter: BatchReporter): QueryStanding {
  const { open, position } = run
  const { nodes, seenMs } = position.tracker.snapshot()
  // With the policy max the fastest input decides, and none holds it back.
  const slowest = open.plan.watermarks.length > 1 && position.tracker.policy === 'min' ? position.tracker.heldBackBy() : []
  return {
    tasks: reporter.lastTasks,
    shownBatch: reporter.shownBatch,
    states: reporter.lastStates,
    sources: [...open.sources].map(([name, source]) => ({ name, description: source.description, end: position.ends.get(name) ?? null, newest: source.newest?.() ?? null })),
    models: run.models.status.map(s => ({ ...s, bytes: (open.models.get(s.digest)?.files ?? []).reduce((n, f) => n + f.bytes.byteLength, 0) })),
    sink: open.sinks.describe(),
    watermark: {
      policy: position.tracker.policy,
      globalMs: position.tracker.watermark,
      nodes: open.plan.watermarks.map(({ node, delayMs }) => ({ node, delayMs, watermarkMs: nodes[node] ?? null, seenMs: seenMs[node] ?? null, holdsBack: slowest.includes(node) })),
    },
  }
}
