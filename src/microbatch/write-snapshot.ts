import { sharedAttempt } from '../checkpoint/attempt.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { type SnapshotManifest, writeManifest, writePage } from '../checkpoint/snapshots.ts'
import type { Executor } from '../exec/executor.ts'
import type { StatePart } from '../exec/state-parts.ts'
import type { QueryRun } from './query-run.ts'

/** A state partition of a snapshot, and who has it. */
interface FrozenPart {
  readonly operator: string
  readonly setHash: string
  readonly owner: Executor
  readonly part: StatePart
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
  const parts = [...position.stateHashes].map(([name, setHash]): FrozenPart => {
    const at = name.lastIndexOf('/')
    const operator = name.slice(0, at)
    const partition = Number(name.slice(at + 1))
    const aggregation = open.plan.physical.aggregations.findIndex(a => a.name === operator)
    return { operator, setHash, owner: pool.owner(partition), part: { aggregation, partition } }
  })
  const { batchId } = entry.prepared.record
  for (const executor of pool.executors) {
    const mine = parts.filter(p => p.owner === executor).map(p => p.part)
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
    for (const { operator, setHash, owner, part } of parts) {
      const pages: string[] = []
      for (;;) {
        if (isAbandoned()) return false
        const page = await owner.snapshotPage(runId, part)
        if (page === null) break
        const key = { batchId: record.batchId, attempt, operator, partition: part.partition, page: pages.length }
        const write = (): Promise<void> => writePage(checkpoint, key, page.segment)
        if (rules.manifestAfterPages) await write()
        else later.push(write)
        pages.push(page.digest)
        await ports.clock.yield()
      }
      partitions.push({ operator, partition: part.partition, setHash, pages })
    }
    await writeManifest(checkpoint, attempt, { batchId: record.batchId, token, partitions })
    for (const write of later) await write()
    return true
  } finally {
    for (const executor of pool.executors) await executor.endSnapshot(runId)
  }
}
