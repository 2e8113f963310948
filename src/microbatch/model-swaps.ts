import { messageOf } from '../common/errors.ts'
import { keepArtefact } from '../checkpoint/artefacts.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { Executor } from '../exec/executor.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { mismatch } from './model-fit.ts'
import type { ModelSlot } from './incremental-planner.ts'

/** A version of a model that a query may score with. */
export interface ModelVersion {
  readonly digest: string
  /** What people call it: the number in its registry. */
  readonly version: string
  readonly artefact: ModelArtefact
}

/** A model that is called by an alias, and may be another one tomorrow. */
export interface WatchedModel {
  readonly reference: string
  /** The version of the model that the plan was made with. */
  readonly version: string
  /** Resolves when the alias stands for another model than `digest`, checked by its own golden rows; undefined once the signal aborts. */
  next(digest: string, signal: AbortSignal): Promise<ModelVersion | { readonly refused: string; readonly version: string; readonly digest: string } | undefined>
}

/** How a place in the plan stands. */
export interface ModelStatus {
  /** `name@alias`; the digest for a model that stays. */
  readonly reference: string
  readonly digest: string
  readonly version: string | null
  /** First batch that it scored in this run; null until there is one. */
  readonly sinceBatch: number | null
  /** The version that rollback() goes back to. */
  readonly previous: string | null
  /** The last version that was not taken, and why. */
  readonly refused: { readonly version: string; readonly digest: string; readonly reason: string } | null
}

interface Slot {
  readonly planned: ModelSlot
  readonly watched: WatchedModel | undefined
  current: ModelVersion | null
  previous: ModelVersion | null
  /** Loaded everywhere, and used from the next batch on. */
  pending: ModelVersion | null
  sinceBatch: number | null
  refused: ModelStatus['refused']
  /** What the alias stands for is not wanted: it was refused, or rolled back. */
  ignored: string
}

export interface SwapContext {
  readonly runId: string
  readonly checkpoint: Checkpoint
  readonly executors: readonly Executor[]
  readonly models: Map<string, ModelArtefact>
  readonly signal: AbortSignal
}

/**
 * The models of a running query. A new version is loaded on every executor beside the old one, checked, kept in the
 * checkpoint, and then named by the next batch record: it becomes active at a batch boundary, and a replay scores with
 * what the record names. A version that does not pass leaves the old one where it is.
 */
export class ModelSwaps {
  readonly #context: SwapContext
  readonly #slots: readonly Slot[]
  #watching: Promise<void> = Promise.resolve()
  /** Versions on their way to the executors. */
  #loading = 0
  /** Models being let go: what is loaded meanwhile could be one of them. */
  #dropping: Promise<void> = Promise.resolve()

  constructor(slots: readonly ModelSlot[], watched: ReadonlyMap<string, WatchedModel>, context: SwapContext) {
    this.#context = context
    this.#slots = slots.map(planned => {
      const watch = planned.reference === null ? undefined : watched.get(planned.reference)
      const artefact = context.models.get(planned.digest)
      const current = watch === undefined || artefact === undefined ? null : { digest: planned.digest, version: watch.version, artefact }
      return { planned, watched: watch, current, previous: null, pending: null, sinceBatch: null, refused: null, ignored: '' }
    })
  }

  get status(): readonly ModelStatus[] {
    return this.#slots.map(({ planned, current, previous, sinceBatch, refused }) => ({
      reference: planned.reference ?? planned.digest,
      digest: current?.digest ?? planned.digest,
      version: current?.version ?? null,
      sinceBatch,
      previous: previous?.version ?? null,
      refused,
    }))
  }

  /** Begins to watch the aliases, once the executors have the query. */
  watch(): void {
    this.#watching = Promise.all(
      this.#slots.map(slot =>
        // What cannot be watched stays as it is; the batches go on.
        this.#watch(slot).catch((error: unknown) => {
          slot.refused = { version: '', digest: '', reason: `the registry can no longer be watched: ${messageOf(error)}` }
        }),
      ),
    ).then(() => undefined)
  }

  /** Resolves when nothing is watched any more; the signal must have been aborted. */
  async end(): Promise<void> {
    await this.#watching
  }

  /** The models of the batch that is about to be recorded: what is ready becomes active with it. */
  take(): string[] {
    for (const slot of this.#slots) {
      if (slot.pending === null) continue
      slot.previous = slot.current
      slot.current = slot.pending
      slot.pending = null
      slot.sinceBatch = null
    }
    return this.#slots.map(s => s.current?.digest ?? s.planned.digest)
  }

  /** What the models of the last take() are called in their registries. */
  get versions(): (string | null)[] {
    return this.#slots.map(s => s.current?.version ?? s.planned.version)
  }

  /** A batch was committed: models that can no longer be asked for are let go. */
  async committed(batchId: number): Promise<void> {
    for (const slot of this.#slots) slot.sinceBatch ??= batchId
    if (this.#loading > 0 || this.#slots.every(s => s.watched === undefined)) return
    const needed = new Set(this.#slots.flatMap(s => [s.planned.reference === null ? s.planned.digest : undefined, s.current?.digest, s.previous?.digest, s.pending?.digest]))
    const superfluous = [...this.#context.models.keys()].filter(digest => !needed.has(digest))
    if (superfluous.length > 0) await (this.#dropping = this.#drop(superfluous))
  }

  async #drop(digests: readonly string[]): Promise<void> {
    for (const digest of digests) {
      this.#context.models.delete(digest)
      for (const executor of this.#context.executors) await executor.dropModel(this.#context.runId, digest)
    }
  }

  /**
   * Goes back to the version before, from the next batch on. The version that the alias stands for is left out until the
   * alias is moved. Answers the version that is gone back to; undefined when there is none.
   */
  rollback(reference: string): string | undefined {
    const slot = this.#slots.find(s => s.planned.reference === reference)
    if (slot === undefined || slot.previous === null || slot.current === null) return undefined
    slot.ignored = slot.current.digest
    slot.pending = slot.previous
    return slot.previous.version
  }

  async #watch(slot: Slot): Promise<void> {
    const { signal } = this.#context
    if (slot.watched === undefined) return
    while (!signal.aborted) {
      const known = slot.ignored !== '' ? slot.ignored : (slot.pending ?? slot.current)?.digest ?? slot.planned.digest
      const next = await slot.watched.next(known, signal)
      if (next === undefined || signal.aborted) return
      slot.ignored = ''
      if (next.digest === slot.current?.digest) {
        // The alias is back where the query is.
        slot.pending = null
        continue
      }
      const reason = 'refused' in next ? next.refused : await this.#load(slot, next)
      if (reason === null) {
        slot.refused = null
        continue
      }
      slot.refused = { version: next.version, digest: next.digest, reason }
      slot.ignored = next.digest
    }
  }

  /** Brings a version to every executor and to the checkpoint. Answers why it is not taken, or null. */
  async #load(slot: Slot, next: ModelVersion): Promise<string | null> {
    const { models, executors, checkpoint, runId } = this.#context
    this.#loading++
    try {
      // A failure of letting go is the batch's, not this one's.
      await this.#dropping.catch(() => undefined)
      const reason = await mismatch(slot.planned, next)
      if (reason !== null) return reason
      // Durable before a record can name it: its own synced write.
      models.set(next.digest, next.artefact)
      await keepArtefact(checkpoint, next.digest, next.artefact.files)
      for (const executor of executors) await executor.addModel(runId, next.digest, next.artefact)
      slot.pending = next
      return null
    } catch (error) {
      return messageOf(error)
    } finally {
      this.#loading--
    }
  }
}
