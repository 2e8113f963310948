import { dropArtefact, keptArtefacts } from '../checkpoint/artefacts.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { cleanUp } from '../checkpoint/clean-up.ts'
import { listSnapshots, sweepPages } from '../checkpoint/snapshots.ts'
import type { QueryRun } from './query-run.ts'
import { type FrozenState, freezeState, writeSnapshot } from './write-snapshot.ts'

/** While a snapshot keeps copies and the state takes more than this share of the budget, batches wait for its end. */
const budgetShare = 0.75

/**
 * What the checkpoint needs now and then: a snapshot of the state, and that what it makes superfluous goes (protocol §5).
 * A snapshot is written beside the batches that follow; one at a time.
 */
export class Upkeep {
  readonly #run: QueryRun
  /** The batch of the newest snapshot, begun or found; −1: none. Without state that of the last clean-up. */
  #newest = -1
  /** The snapshot that is being written, and the clean-up after it. Never rejects. */
  #running: Promise<void> | null = null
  #abandoned = false
  #failure: { readonly error: unknown } | null = null
  readonly #failing = new AbortController()

  constructor(run: QueryRun) {
    this.#run = run
  }

  /** Aborts when what runs in the background has failed. */
  get failed(): AbortSignal {
    return this.#failing.signal
  }

  /** What has failed in the background, if anything. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  /** At the start, before the batch in doubt is finished. */
  async begin(): Promise<void> {
    const { checkpoint } = this.#run.open
    await sweepPages(checkpoint)
    if (this.#isStateful) this.#newest = (await listSnapshots(checkpoint)).find(s => s.manifest !== null)?.batchId ?? -1
  }

  /**
   * At the end of recovery. What is due is done before the first batch: a process that is killed again and again would
   * otherwise never come to the end of a snapshot.
   */
  async recovered(): Promise<void> {
    const { committed } = this.#run.position
    if (committed === null) return
    await this.finish()
    if (this.#isDue(committed)) await this.#begin(committed)
    else await this.#clean(committed)
    await this.finish()
  }

  /** After each committed batch. `stateBytes`: what the state took, with the copies that a snapshot keeps. */
  async maintain(entry: PreparedEntry, stateBytes: number): Promise<void> {
    this.throwIfFailed()
    if (this.#running !== null && stateBytes > budgetShare * this.#run.environment.memoryBudgetBytes) await this.finish()
    if (this.#running !== null) return
    const { minBatchesToRetain, snapshotInterval } = this.#run.definition.settings
    if (this.#isDue(entry)) await this.#begin(entry)
    else if (minBatchesToRetain < snapshotInterval) await this.#clean(entry)
  }

  /** Waits for the end of a snapshot that is being written. */
  async finish(): Promise<void> {
    await this.#running
    this.throwIfFailed()
  }

  /** Ends a snapshot that is being written after its next page. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.#running
  }

  get #isStateful(): boolean {
    return this.#run.open.isStateful
  }

  #isDue(entry: PreparedEntry): boolean {
    return entry.prepared.record.batchId - this.#newest >= this.#run.definition.settings.snapshotInterval
  }

  /** Freezes the state now and writes it in the background. */
  async #begin(entry: PreparedEntry): Promise<void> {
    this.#newest = entry.prepared.record.batchId
    if (this.#isStateful && !this.#run.environment.rules.deletionAfterManifest) await this.#clean(entry, true)
    const frozen = this.#isStateful ? await freezeState(this.#run, entry) : null
    this.#running = this.#write(entry, frozen)
      .catch((error: unknown) => {
        this.#failure ??= { error }
        this.#failing.abort()
      })
      .finally(() => {
        this.#running = null
      })
    // Without state there is nothing to write beside the batches.
    if (frozen === null) await this.finish()
  }

  async #write(entry: PreparedEntry, frozen: FrozenState | null): Promise<void> {
    const isAbandoned = (): boolean => this.#abandoned || this.#run.stopping.aborted
    if (frozen !== null && !(await writeSnapshot(this.#run, frozen, isAbandoned))) return
    await this.#dropModels(entry)
    await this.#clean(entry)
  }

  #clean(entry: PreparedEntry, assumeSnapshot = false): Promise<void> {
    const { minBatchesToRetain } = this.#run.definition.settings
    return cleanUp(this.#run.open.checkpoint, { committed: entry.prepared.record.batchId, minBatchesToRetain, stateful: this.#isStateful, assumeSnapshot })
  }

  /** Models that neither a batch in doubt nor the query as it stands can need. */
  async #dropModels(entry: PreparedEntry): Promise<void> {
    const { checkpoint, models } = this.#run.open
    for (const digest of await keptArtefacts(checkpoint)) {
      if (!entry.prepared.record.models.includes(digest)) await dropArtefact(checkpoint, digest, () => models.has(digest))
    }
  }
}
