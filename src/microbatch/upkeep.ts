import { sharedAttempt } from '../checkpoint/attempt.ts'
import { dropArtefact, keptArtefacts } from '../checkpoint/artefacts.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { cleanUp } from '../checkpoint/clean-up.ts'
import { type SnapshotManifest, writeManifest, writePages } from '../checkpoint/snapshots.ts'
import type { QueryRun } from './query-run.ts'

/** What the checkpoint needs now and then: a snapshot of the state, and that what it makes superfluous goes (protocol §5). */
export class Upkeep {
  readonly #run: QueryRun

  constructor(run: QueryRun) {
    this.#run = run
  }

  /** After each committed batch. */
  async maintain(entry: PreparedEntry): Promise<void> {
    const { plan, checkpoint } = this.#run.open
    const { minBatchesToRetain, snapshotInterval } = this.#run.definition.settings
    const { batchId } = entry.prepared.record
    const stateful = plan.physical.aggregations.length > 0
    const due = (batchId + 1) % snapshotInterval === 0
    const clean = (before: boolean): Promise<void> => cleanUp(checkpoint, { committed: batchId, minBatchesToRetain, stateful, assumeSnapshot: before })
    const { deletionAfterManifest } = this.#run.environment.rules
    if (stateful && due && !deletionAfterManifest) await clean(true)
    if (stateful && due) await this.#snapshot(entry)
    // Without state nothing but records gathers: these are few, so that cleaning now and then is enough.
    if (due) await this.#dropModels(entry)
    if (due || minBatchesToRetain < snapshotInterval) await clean(false)
  }

  /** Models that neither this batch nor the query as it stands can need; a batch in doubt is always the newest one. */
  async #dropModels(entry: PreparedEntry): Promise<void> {
    const { checkpoint, models } = this.#run.open
    for (const digest of await keptArtefacts(checkpoint)) {
      if (!entry.prepared.record.models.includes(digest) && !models.has(digest)) await dropArtefact(checkpoint, digest)
    }
  }

  async #snapshot(entry: PreparedEntry): Promise<void> {
    const { plan, checkpoint } = this.#run.open
    const { rules, pool } = this.#run.environment
    const { record, token } = entry.prepared
    const attempt = rules.attemptsKeptApart ? entry.prepared.attempt : sharedAttempt
    const partitions: SnapshotManifest['partitions'][number][] = []
    const pagesLater: (() => Promise<void>)[] = []
    for (const [name, setHash] of this.#run.position.stateHashes) {
      const at = name.lastIndexOf('/')
      const operator = name.slice(0, at)
      const partition = Number(name.slice(at + 1))
      const aggregation = plan.physical.aggregations.findIndex(a => a.name === operator)
      const pages = await pool.owner(partition).snapshot(this.#run.runId, aggregation, partition, record.batchId)
      const write = (): Promise<void> => writePages(checkpoint, record.batchId, attempt, operator, partition, pages)
      if (rules.manifestAfterPages) await write()
      else pagesLater.push(write)
      partitions.push({ operator, partition, setHash, pages: pages.map(p => p.digest) })
    }
    await writeManifest(checkpoint, attempt, { batchId: record.batchId, token, partitions })
    for (const write of pagesLater) await write()
  }
}
