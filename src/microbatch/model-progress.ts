import type { BatchRecord } from '../checkpoint/records.ts'
import type { ModelMetrics } from '../exec/model-tally.ts'
import type { ModelProgress } from './progress.ts'
import type { BatchResult } from './run-batch.ts'

/** What the models of a batch did, in the order of its record; empty for a batch that was finished without running it again. */
export function modelProgress(record: Pick<BatchRecord, 'models' | 'modelVersions'>, { tasks }: Pick<BatchResult, 'tasks'>): ModelProgress[] {
  if (tasks.length === 0) return []
  return [...new Set(record.models)].map((digest): ModelProgress => {
    const counts = tasks.flatMap(t => t.models.filter(m => m.digest === digest))
    const sum = (of: (m: ModelMetrics) => number): number => counts.reduce((n, m) => n + of(m), 0)
    // A library's tensors are a thread's: of the tasks of one the last says what is held.
    const held = new Map(tasks.flatMap(t => t.models.flatMap(m => (m.digest === digest && m.resources !== null ? [[t.executor, m.resources] as const] : []))))
    const total = (of: 'tensors' | 'bytes'): number | null => (held.size === 0 ? null : [...held.values()].reduce((n, r) => n + r[of], 0))
    return {
      digest,
      version: record.modelVersions?.[record.models.indexOf(digest)] ?? null,
      numRows: sum(m => m.rows),
      numCalls: sum(m => m.calls),
      timeMs: sum(m => m.timeMs),
      numErrors: sum(m => m.errors),
      numFallbackRows: sum(m => m.fallbackRows),
      numInvalidRows: sum(m => m.invalidRows),
      numTensors: total('tensors'),
      memoryUsedBytes: total('bytes'),
    }
  })
}
