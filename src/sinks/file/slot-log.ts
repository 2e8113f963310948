import { sha256 } from '../../common/digest.ts'
import { makeError, messageOf, type MillraceError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import { canonicalJson, type Json } from '../../common/json.ts'
import { type Random, randomHex } from '../../common/random.ts'
import type { PublishedFile } from './published-file.ts'

/**
 * The log of one file sink, `_manifest/slot/<n>`. A slot is taken by linking a complete, synced file to its name, which
 * succeeds for one writer only; so whoever has an older picture of the log fails at its next slot.
 *
 *   line 1: the entry, canonical JSON      line 2: {"sha256": digest of line 1}
 *
 * Every 64th slot is a compaction: all that a writer must know, so that reading begins at the last one. `previous` is
 * the digest of the slot before and ties the log together.
 */
export type SlotEntry =
  | (SlotHead & { readonly kind: 'fence' })
  | (SlotHead & { readonly kind: 'batch'; readonly last: LoggedBatch })
  | (SlotHead & { readonly kind: 'compaction'; readonly last: LoggedBatch | null })

interface SlotHead {
  readonly version: 1
  readonly slot: number
  /** The greatest epoch accepted so far. */
  readonly epoch: number
  readonly incarnation: string
  /** Query and sink that the folder belongs to. */
  readonly owner: string
  readonly previous: string
}

/** The newest batch. Its files stay named until the next batch, since they may have to be moved into place again. */
export interface LoggedBatch {
  readonly batchId: number
  readonly token: string
  readonly files: readonly PublishedFile[]
}

/** What the log says: everything a writer needs to know. */
export interface LogState {
  /** The next free slot. */
  readonly next: number
  readonly epoch: number
  readonly incarnation: string | null
  readonly owner: string | null
  readonly last: LoggedBatch | null
  readonly previous: string
}

const compactEvery = 64
const emptyLog: LogState = Object.freeze({ next: 0, epoch: 0, incarnation: null, owner: null, last: null, previous: '' })

export class SlotLog {
  readonly #files: FileSystem
  readonly #random: Random
  readonly #directory: string

  readonly #rules: ProtocolRules

  constructor(files: FileSystem, random: Random, directory: string, rules: ProtocolRules = protocolRules) {
    this.#rules = rules
    this.#files = files
    this.#random = random
    this.#directory = directory
  }

  /**
   * Reads the log. Names that are visible are made durable first: a slot that is acted upon must not vanish.
   * @throws CheckpointError SINK_MANIFEST_CORRUPT
   */
  async read(): Promise<LogState> {
    if (this.#rules.slotsSyncedAtOpen) await this.#files.syncDirectory(this.#directory)
    const slots = await this.#slots()
    if (slots.length === 0) return emptyLog
    const newest = slots[slots.length - 1]
    let state: LogState | undefined
    for (let slot = newest - (newest % compactEvery); slot <= newest; slot++) {
      const { entry, digest } = await this.#load(slot)
      if (state !== undefined && entry.previous !== state.previous) throw corrupt(this.#path(slot), 'it does not follow the slot before it')
      state = advance(state ?? emptyLog, entry, digest)
    }
    return state ?? emptyLog
  }

  /**
   * Takes the next slot for a fence or a batch, after a compaction where one is due. Durable on return.
   * Answers undefined when another writer was faster: read again.
   */
  async append(state: LogState, change: { readonly epoch: number; readonly incarnation: string; readonly owner: string; readonly batch?: LoggedBatch }): Promise<LogState | undefined> {
    let now: LogState | undefined = state
    const { epoch, incarnation, owner, batch } = change
    if (state.next > 0 && state.next % compactEvery === 0) {
      now = await this.#take(state, { version: 1, kind: 'compaction', slot: state.next, epoch: state.epoch, incarnation, owner, previous: state.previous, last: state.last })
      if (now === undefined) return undefined
      await this.#removeBefore(firstKept(state.next))
    }
    const head = { version: 1, slot: now.next, epoch, incarnation, owner, previous: now.previous } as const
    return this.#take(now, batch === undefined ? { ...head, kind: 'fence' } : { ...head, kind: 'batch', last: batch })
  }

  /** Removes files that writers of lower epochs left when they died before linking them. */
  async sweep(belowEpoch: number): Promise<void> {
    for (const { name } of await this.#files.list(this.#directory)) {
      const match = /^\.tmp-\d+-(\d+)-/.exec(name)
      if (match !== null && Number(match[1]) < belowEpoch) await this.#files.remove(`${this.#directory}/${name}`)
    }
  }

  async #take(state: LogState, entry: SlotEntry): Promise<LogState | undefined> {
    const line = canonicalJson(entry as unknown as Json)
    const digest = sha256(line)
    const temporary = `${this.#directory}/.tmp-${entry.slot}-${entry.epoch}-${randomHex(this.#random, 8)}`
    const file = await this.#files.create(temporary)
    try {
      await file.write(new TextEncoder().encode(`${line}\n{"sha256":"${digest}"}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
    try {
      await this.#files.link(temporary, this.#path(entry.slot))
    } catch (error) {
      // ENOENT: a writer with a greater epoch has swept our file away.
      if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      await this.#files.remove(temporary)
      return undefined
    }
    await this.#files.remove(temporary)
    // A writer that slept through two compactions finds its old slot free again, and its link counts for nothing. Newer
    // slots alone prove no such thing: another writer may have seen this very slot and gone on from it.
    const slots = await this.#slots()
    if (entry.slot < firstKept(slots[slots.length - 1])) {
      await this.#files.remove(this.#path(entry.slot))
      return undefined
    }
    if (this.#rules.slotSynced) await this.#files.syncDirectory(this.#directory)
    return advance(state, entry, digest)
  }

  async #removeBefore(limit: number): Promise<void> {
    for (const slot of await this.#slots()) if (slot < limit) await this.#files.remove(this.#path(slot))
  }

  async #slots(): Promise<number[]> {
    const entries = await this.#files.list(this.#directory)
    return entries.filter(e => /^\d{10,}$/.test(e.name)).map(e => Number(e.name)).sort((a, b) => a - b)
  }

  async #load(slot: number): Promise<{ readonly entry: SlotEntry; readonly digest: string }> {
    const path = this.#path(slot)
    let text: string
    try {
      text = new TextDecoder().decode(await this.#files.readFile(path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw corrupt(path, 'it is missing')
    }
    const [line, footer] = text.split('\n')
    const digest = sha256(line)
    if (footer !== `{"sha256":"${digest}"}`) throw corrupt(path, 'its content does not match its digest')
    let entry: SlotEntry
    try {
      entry = JSON.parse(line) as SlotEntry
    } catch (error) {
      throw corrupt(path, messageOf(error))
    }
    if (entry.version !== 1) throw corrupt(path, `it has format version ${String(entry.version)}, which this version does not know`)
    if (entry.slot !== slot) throw corrupt(path, `it says that it is slot ${entry.slot}`)
    return { entry, digest }
  }

  #path(slot: number): string {
    return `${this.#directory}/${String(slot).padStart(10, '0')}`
  }
}

/** Slots before the compaction that precedes the newest one may have been removed. */
function firstKept(newest: number): number {
  return newest - (newest % compactEvery) - compactEvery
}

function advance(state: LogState, entry: SlotEntry, digest: string): LogState {
  const { slot, epoch, incarnation, owner } = entry
  return Object.freeze({ next: slot + 1, epoch, incarnation, owner, previous: digest, last: entry.kind === 'fence' ? state.last : entry.last })
}

function corrupt(path: string, reason: string): MillraceError {
  return makeError('SINK_MANIFEST_CORRUPT', `Slot "${path}" of the file sink's log cannot be used: ${reason}. Restore the folder from a backup, or write to a new one.`, {
    context: { path, reason },
  })
}
