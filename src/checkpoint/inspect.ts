import type { Json } from '../common/json.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { BatchRecord, QueryDescription } from './records.ts'
import { listSnapshots } from './snapshots.ts'

/** What a checkpoint holds, as `millrace checkpoint show --json` prints it. */
export interface CheckpointContents {
  readonly queryId: string
  readonly epoch: number
  /** The last committed batch, −1 when there is none. */
  readonly lastBatchId: number
  /** A batch that was prepared and is not known to be committed; a restart decides. */
  readonly preparedBatchId: number | null
  readonly watermarkMs: number | null
  readonly query: QueryDescription | null
  readonly batches: readonly BatchContents[]
  readonly snapshots: readonly { readonly batchId: number; readonly whole: boolean }[]
}

export interface BatchContents {
  readonly batchId: number
  readonly attempt: string
  readonly committed: boolean
  readonly token: string
  readonly noData: boolean
  readonly clockMs: number
  readonly watermarkMs: number | null
  readonly nextWatermarkMs: number | null
  readonly models: readonly string[]
  /** How rows were shared out among them, for each score() with a route. */
  readonly routes: NonNullable<BatchRecord['routes']>
  readonly sources: { readonly [name: string]: { readonly start: Json; readonly end: Json; readonly partitions: readonly string[] } }
  readonly deltas: readonly { readonly operator: string; readonly partition: number; readonly digest: string }[]
}

/** @throws CheckpointError CHECKPOINT_CORRUPT */
export async function inspectCheckpoint(checkpoint: Checkpoint): Promise<CheckpointContents> {
  const view = await checkpoint.view()
  const marks = new Map<number, string>()
  for await (const c of checkpoint.commits()) marks.set(c.batchId, c.token)
  const lastBatchId = view.committed?.prepared.record.batchId ?? -1
  const batches: BatchContents[] = []
  for await (const { prepared } of checkpoint.records()) {
    const { record, attempt } = prepared
    batches.push({
      batchId: record.batchId,
      attempt: `${attempt.epoch}-${attempt.random}`,
      committed: marks.get(record.batchId) === prepared.token || prepared.token === view.committed?.prepared.token,
      token: prepared.token,
      noData: record.noData,
      clockMs: record.clockMs,
      watermarkMs: record.watermarks.evict,
      nextWatermarkMs: prepared.next.global,
      models: record.models,
      routes: record.routes ?? [],
      sources: Object.fromEntries(Object.entries(record.sources).map(([name, r]) => [name, { start: r.start, end: r.end, partitions: r.partitions.map(p => p.label) }])),
      deltas: prepared.deltas.map(d => ({ operator: d.operator, partition: d.partition, digest: d.digest })),
    })
  }
  const snapshots = (await listSnapshots(checkpoint)).map(s => ({ batchId: s.batchId, whole: s.manifest !== null }))
  return {
    queryId: checkpoint.queryId,
    epoch: checkpoint.epoch,
    lastBatchId,
    preparedBatchId: view.candidates.at(-1)?.prepared.record.batchId ?? null,
    watermarkMs: view.committed?.prepared.next.global ?? null,
    query: await checkpoint.description(),
    batches,
    snapshots,
  }
}

/** The same for people: a header, and a line per batch. */
export function showCheckpoint(c: CheckpointContents): string {
  const time = (ms: number | null): string => (ms === null ? '-' : new Date(ms).toISOString())
  const lines = [
    `query ${c.queryId}, epoch ${c.epoch}, ${c.lastBatchId < 0 ? 'no batch yet' : `last batch ${c.lastBatchId}`}${c.preparedBatchId === null ? '' : `, batch ${c.preparedBatchId} in doubt`}, watermark ${time(c.watermarkMs)}`,
    ...(c.query?.operators ?? []).map(o => `operator ${o.name}: keys (${o.keys.map(k => `${k.name}: ${k.type}`).join(', ')}), values (${o.values.map(v => v.type).join(', ')})`),
    `snapshots: ${c.snapshots.length === 0 ? 'none' : c.snapshots.map(s => `${s.batchId}${s.whole ? '' : ' (damaged)'}`).join(', ')}`,
  ]
  for (const b of c.batches) {
    const ranges = Object.entries(b.sources).map(([name, r]) => `${name} ${JSON.stringify(r.start)} to ${JSON.stringify(r.end)} in ${r.partitions.length} partitions`)
    lines.push(`batch ${b.batchId} ${b.committed ? 'committed' : 'prepared'} attempt ${b.attempt} watermark ${time(b.watermarkMs)} ${b.noData ? 'no data' : ranges.join('; ')}; ${b.deltas.length} deltas${b.models.length === 0 ? '' : `; models ${b.models.map(m => m.slice(0, 12)).join(', ')}`}`)
  }
  return lines.join('\n')
}
