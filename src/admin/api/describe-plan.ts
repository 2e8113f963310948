import type { Model, Plan } from './api-types.ts'
import type { QueryEntry } from './query-entry.ts'

export function planOf({ face }: QueryEntry): Plan {
  const { graph, state, shownBatch } = face.inspection
  const seconds = (shownBatch?.durationMs ?? 0) / 1000
  const allMs = graph.nodes.reduce((n, node) => n + (node.timeMs ?? 0), 0)
  return {
    batchId: shownBatch?.batchId ?? null,
    batchDurationMs: shownBatch?.durationMs ?? null,
    explain: face.explained,
    nodes: graph.nodes.map(({ id, kind, label, detail, stage, rowsOut, timeMs, aggregation }) => ({
      id, kind, label, detail, stage, rowsOut, timeMs,
      rowsPerSecond: rowsOut === null || seconds === 0 ? null : rowsOut / seconds,
      timeShare: timeMs === null || allMs === 0 ? null : timeMs / allMs,
      stateRows: aggregation === null ? null : (state[aggregation]?.numRows ?? null),
      stateBytes: aggregation === null ? null : (state[aggregation]?.memoryBytes ?? null),
    })),
    edges: graph.edges,
  }
}

export function modelsOf(entry: QueryEntry): Model[] {
  const { face, models } = entry
  return face.inspection.models.map(({ rowsOut, timeMs, ...model }, slot) => {
    const counts = models[slot] ?? []
    const count = counts.at(-1)?.digest === model.digest ? counts.at(-1) : undefined
    return {
      ...model,
      queryId: face.id,
      query: face.name,
      active: face.isActive,
      rows: count?.rows ?? 0,
      batches: count?.batches ?? 0,
      firstBatchId: count?.firstBatchId ?? null,
      earlier: counts.filter(c => c !== count).toReversed(),
      lastBatchRows: rowsOut,
      lastBatchMs: timeMs,
      microsPerRow: rowsOut === 0 ? null : (timeMs * 1000) / rowsOut,
    }
  })
}
