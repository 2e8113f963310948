import { sharedAttempt } from '../checkpoint/attempt.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { type SnapshotManifest, writeManifest, writePage } from '../checkpoint/snapshots.ts'
import type { StatePart } from '../exec/state-parts.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { QueryRun } from './query-run.ts'

/** A state partition of a snapshot, and how to get at its pages. */
interface FrozenPart {
  readonly operator: string
  readonly partition: number
  readonly setHash: string
  /** Null after the last. */
  page(): Promise<SnapshotPage | null> | SnapshotPage | null
}

/** The state after one committed batch, held by the executors until its pages are written. */
export interface FrozenState {
  readonly entry: PreparedEntry
  readonly parts: readonly FrozenPart[]
}

/**
 * Freezes the state of all executors as the batch left it. Must be called between its commit and the first task of the
 * next one; from then on batches and pages do not disturb each other.
 */
export async function freezeState({ open, environment, position, runId }: QueryRun, entry: PreparedEntry): Promise<FrozenState> {
  const { pool, snapshotPageBytes } = environment
  const { tables } = open.sinks
  const { batchId } = entry.prepared.record
  const owned = pool.executors.map(executor => ({ executor, parts: [] as StatePart[] }))
  const parts = [...position.stateHashes].map(([name, setHash]): FrozenPart => {
    const at = name.lastIndexOf('/')
    const operator = name.slice(0, at)
    const partition = Number(name.slice(at + 1))
    if (tables.has(operator)) return { operator, partition, setHash, page: () => tables.snapshotPage(operator) }
    const part = { aggregation: open.plan.physical.aggregations.findIndex(a => a.name === operator), partition }
    const owner = pool.owner(partition)
    owned.find(o => o.executor === owner)?.parts.push(part)
    return { operator, partition, setHash, page: () => owner.snapshotPage(runId, part) }
  })
  tables.beginSnapshot(batchId, snapshotPageBytes)
  for (const { executor, parts: mine } of owned) {
    await executor.beginSnapshot(runId, { batchId, parts: mine, ...(snapshotPageBytes === undefined ? {} : { bytesPerPage: snapshotPageBytes }) })
  }
  return { entry, parts }
}

/**
 * Writes the pages, one a turn and one in memory at a time, then the manifest that names them (protocol §5). Answers
 * false when it was abandoned: pages without a manifest are ignored, and swept at the next start.
 */
export async function writeSnapshot({ open, environment, runId }: QueryRun, { entry, parts }: FrozenState, isAbandoned: () => boolean): Promise<boolean> {
  const { checkpoint } = open
  const { rules, ports, pool } = environment
  const { record, token, attempt: { random } } = entry.prepared
  // A later process may write a snapshot of the same batch: its pages must not mix with those of one that was torn.
  const attempt = rules.attemptsKeptApart ? { epoch: checkpoint.epoch, random } : sharedAttempt
  const partitions: SnapshotManifest['partitions'][number][] = []
  const later: (() => Promise<void>)[] = []
  try {
    for (const { operator, partition, setHash, page: next } of parts) {
      const pages: string[] = []
      for (;;) {
        if (isAbandoned()) return false
        const page = await next()
        if (page === null) break
        const key = { batchId: record.batchId, attempt, operator, partition, page: pages.length }
        const write = (): Promise<void> => writePage(checkpoint, key, page.segment)
        if (rules.manifestAfterPages) await write()
        else later.push(write)
        pages.push(page.digest)
        await ports.clock.yield()
      }
      partitions.push({ operator, partition, setHash, pages })
    }
    await writeManifest(checkpoint, attempt, { batchId: record.batchId, token, partitions })
    for (const write of later) await write()
    return true
  } finally {
    open.sinks.tables.endSnapshot()
    for (const executor of pool.executors) await executor.endSnapshot(runId)
  }
}
