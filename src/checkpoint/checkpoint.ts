import { assert } from '../common/assert.ts'
import { sha256 } from '../common/digest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { Json } from '../common/json.ts'
import { type ProtocolRules, protocolRules } from '../common/protocol-rules.ts'
import { type AttemptId, parseAttempt, sharedAttempt } from './attempt.ts'
import type { CheckpointDirectory } from './directory.ts'
import { afterPrefix, batchOfKey, keys } from './keys.ts'
import type { KeyValueStore, StoreChange, StoreProvider } from './key-value-store.ts'
import { type Committed, decodeRecord, encodeRecord, firstToken, type Prepared, type QueryDescription, recordCorrupt } from './records.ts'
import { type RememberChanges, RememberedEntries } from './remembered.ts'

/** Versions of the checkpoint format that this program writes and reads. */
export const formatVersion = 1

interface Meta {
  readonly formatVersion: number
  readonly queryId: string
}

/** A batch that was prepared: its record, and the digest of the record's bytes for the chain. */
export interface PreparedEntry {
  readonly prepared: Prepared
  readonly digest: string
}

/** What recovery starts from. */
export interface CheckpointView {
  /** The last committed batch; null before the first. Its record may be one that commit(b) of a later batch implies. */
  readonly committed: PreparedEntry | null
  /** Attempts at the batch after it, valid ones (their previous token is the token of C), highest epoch last. */
  readonly candidates: readonly PreparedEntry[]
}

export interface PrepareInput {
  readonly prepared: Prepared
  readonly segments: readonly { readonly operator: string; readonly partition: number; readonly segment: Uint8Array }[]
  readonly remember: RememberChanges
}

/**
 * The journal of one query: batch records, deltas, snapshots, epochs, in one store that only the driver opens.
 * PROTOCOL names the rules; each method says which ones it keeps.
 */
export class Checkpoint {
  readonly queryId: string
  readonly #store: KeyValueStore
  readonly #remembered: RememberedEntries
  readonly rules: ProtocolRules
  #epoch: number
  #lastRecordDigest = firstToken
  /** The write that failed; whether it took effect is known only after opening again. */
  #failure: { readonly error: unknown } | null = null
  /** Changes that the next commit mark takes along: none while the rules hold. */
  #withCommit: StoreChange[] = []

  private constructor(store: KeyValueStore, meta: Meta, epoch: number, remembered: RememberedEntries, rules: ProtocolRules) {
    this.#store = store
    this.queryId = meta.queryId
    this.#epoch = epoch
    this.#remembered = remembered
    this.rules = rules
  }

  /**
   * Opens the store of a locked directory.
   * @throws CheckpointError CHECKPOINT_TOO_NEW, CHECKPOINT_CORRUPT
   */
  static async open(directory: CheckpointDirectory, provider: StoreProvider, rules: ProtocolRules = protocolRules): Promise<Checkpoint> {
    const store = await provider.open(`${directory.location}/state`)
    try {
      const metaBytes = await store.get(keys.meta)
      if (metaBytes === undefined) await refuseOrphans(store)
      const meta: Meta = metaBytes === undefined ? { formatVersion, queryId: directory.queryId } : decodeRecord<Meta>(keys.meta, metaBytes)
      if (meta.formatVersion > formatVersion) throw tooNew(directory.location, meta.formatVersion)
      if (meta.queryId !== directory.queryId) throw recordCorrupt(keys.meta, 'it names another query than the "metadata" file')
      const epochBytes = await store.get(keys.epoch)
      const epoch = epochBytes === undefined ? 0 : decodeRecord<{ epoch: number }>(keys.epoch, epochBytes).epoch
      const remembered = await RememberedEntries.load(store)
      return new Checkpoint(store, meta, epoch, remembered, rules)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  get epoch(): number {
    return this.#epoch
  }

  /** The description written at the first start, null in a new checkpoint. */
  async description(): Promise<QueryDescription | null> {
    const bytes = await this.#store.get(keys.query)
    return bytes === undefined ? null : decodeRecord<QueryDescription>(keys.query, bytes)
  }

  /** Everything that a source remembered. */
  remembered(source: string): ReadonlyMap<string, Json> {
    return this.#remembered.of(source)
  }

  /**
   * Takes an epoch; synced, so that visible but unsynced records are durable before they are used (rule 10). The query's
   * description goes along: what is new in it is accepted from now on.
   */
  async beginEpoch(epoch: number, description: QueryDescription): Promise<void> {
    assert(epoch > this.#epoch, 'An epoch only grows.', { epoch, current: this.#epoch })
    await this.#write(
      [
        put(keys.meta, { formatVersion, queryId: this.queryId }),
        put(keys.query, description),
        put(keys.epoch, { epoch }),
      ],
      true,
    )
    this.#epoch = epoch
  }

  /**
   * C = max(last commit, P − 1), where P is the newest prepared batch (rule 6), and the attempts at C + 1.
   * @throws CheckpointError CHECKPOINT_CORRUPT when the chain of records has a gap
   */
  async view(): Promise<CheckpointView> {
    const newest = await this.#newestBatch('p/')
    const lastCommit = await this.#newestBatch('c/')
    if (newest === null) {
      if (lastCommit !== null) throw recordCorrupt(keys.committed(lastCommit), 'it commits a batch that was never prepared')
      return { committed: null, candidates: [] }
    }
    const c = Math.max(lastCommit ?? -1, newest - 1)
    if (newest < c) throw recordCorrupt(keys.committed(c), `it commits a batch beyond the newest prepared one, ${newest}`)
    const attempts = newest > c ? await this.#attempts(newest) : []
    const committed = c < 0 ? null : await this.#committedEntry(c, attempts)
    if (committed !== null && c > 0) await this.#requirePredecessor(committed)
    const token = committed?.prepared.token ?? firstToken
    const digest = committed?.digest ?? firstToken
    const candidates = attempts.filter(a => a.prepared.record.previousToken === token)
    // Every attempt at P was made after C: one that names another predecessor is of a history that this is not.
    if (newest > c && candidates.length === 0) throw recordCorrupt(`p/${newest}`, 'no attempt follows the last committed batch')
    for (const a of candidates) {
      if (this.rules.chainChecked && a.prepared.previousRecord !== digest) throw recordCorrupt(keys.prepared(newest, a.prepared.attempt), 'it does not follow the record of the batch before')
    }
    candidates.sort((a, b) => a.prepared.attempt.epoch - b.prepared.attempt.epoch)
    this.#lastRecordDigest = digest
    const last = candidates.at(-1) ?? committed
    if (last !== null && this.rules.chainChecked) this.#remembered.verify(last.prepared.remembered)
    return { committed, candidates }
  }

  /** The record before C is never cleaned up: without it the history that C belongs to cannot be told. */
  async #requirePredecessor(committed: PreparedEntry): Promise<void> {
    const { record, previousRecord } = committed.prepared
    const before = (await this.#attempts(record.batchId - 1)).find(a => a.prepared.token === record.previousToken)
    if (before === undefined) throw recordCorrupt(`p/${record.batchId - 1}`, 'the record that the last committed batch follows is missing')
    if (before.digest !== previousRecord) throw recordCorrupt(`p/${record.batchId - 1}`, 'it differs from what the next record names')
  }

  /** Digest of the newest record, which the next one names. */
  get lastRecordDigest(): string {
    return this.#lastRecordDigest
  }

  /** How remembered entries will stand after a batch, for its record. */
  rememberedAfter(changes: RememberChanges): Prepared['remembered'] {
    return this.#remembered.after(changes)
  }

  /** The entry of a record, as prepare() writes it. */
  entryOf(prepared: Prepared): PreparedEntry {
    return { prepared, digest: sha256(encodeRecord(prepared)) }
  }

  /** One synced write; returns before the first sink commits (rule 5). */
  async prepare(input: PrepareInput): Promise<PreparedEntry> {
    const { prepared } = input
    const { batchId } = prepared.record
    const bytes = encodeRecord(prepared)
    const changes: StoreChange[] = [{ kind: 'put', key: keys.prepared(batchId, this.#named(prepared.attempt)), value: bytes }]
    const deltas = input.segments.map((s): StoreChange => ({ kind: 'put', key: keys.delta(batchId, this.#named(prepared.attempt), s.operator, s.partition), value: s.segment }))
    if (this.rules.deltasInPrepare) changes.push(...deltas)
    else this.#withCommit = deltas
    changes.push(...this.#remembered.changes(input.remember))
    const writes = this.rules.prepareAtomic ? [changes] : [changes.slice(0, 1), changes.slice(1)]
    for (const w of writes) await this.#write(w, this.rules.prepareSynced)
    this.#remembered.apply(input.remember)
    return { prepared, digest: sha256(bytes) }
  }

  /** After every sink has committed, before the next prepare (rule 6). Unsynced by default (rule 7). */
  async commit(entry: PreparedEntry, options: { readonly sync: boolean }): Promise<void> {
    const { batchId } = entry.prepared.record
    const mark: Committed = { batchId, token: entry.prepared.token }
    await this.#write([...this.#withCommit.splice(0), put(keys.committed(batchId), mark)], options.sync)
    this.#lastRecordDigest = entry.digest
  }

  /** Makes everything written so far durable. */
  async flush(): Promise<void> {
    await this.#write([put(keys.epoch, { epoch: this.#epoch })], true)
  }

  async delta(batchId: number, attempt: AttemptId, operator: string, partition: number): Promise<Uint8Array | undefined> {
    return this.#store.get(keys.delta(batchId, this.#named(attempt), operator, partition))
  }

  /**
   * Records from `from` to `to` along the chain that ends in `last`, ascending. Only committed batches have exactly one
   * valid attempt; the chain decides which.
   */
  async chain(last: PreparedEntry, from: number): Promise<PreparedEntry[]> {
    const found: PreparedEntry[] = [last]
    for (let b = last.prepared.record.batchId - 1; b >= from; b--) {
      const next = found[0].prepared
      const entry = (await this.#attempts(b)).find(a => a.prepared.token === next.record.previousToken)
      if (entry === undefined) throw recordCorrupt(`p/${b}`, 'the record that the next one follows is missing')
      if (this.rules.chainChecked && entry.digest !== next.previousRecord) throw recordCorrupt(`p/${b}`, 'it differs from what the next record names')
      found.unshift(entry)
    }
    return found
  }

  /** Whether a record of the batch is still there (it may have been cleaned up). */
  async has(batchId: number): Promise<boolean> {
    return (await this.#attempts(batchId)).length > 0
  }

  /** All prepared records, ascending, for tools. */
  async *records(): AsyncIterable<PreparedEntry> {
    for await (const [key, bytes] of this.#store.range('p/', 'p0')) yield { prepared: decodeRecord<Prepared>(key, bytes), digest: sha256(bytes) }
  }

  async *commits(): AsyncIterable<Committed> {
    for await (const [key, bytes] of this.#store.range('c/', 'c0')) yield decodeRecord<Committed>(key, bytes)
  }

  /** The store itself, for what lives beside the journal (snapshots, artefacts, clean-up). */
  get store(): KeyValueStore {
    return this.#store
  }

  /** Writes what is not part of the journal. */
  async write(changes: readonly StoreChange[], sync: boolean): Promise<void> {
    await this.#write(changes, sync)
  }

  /** Closes the store; the lock is the directory's. */
  async closeStore(): Promise<void> {
    await this.#store.close()
  }

  /** A failed write ends the journal: only opening again and recovery go on (rule 15). */
  async #write(changes: readonly StoreChange[], sync: boolean): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error
    try {
      await this.#store.write(changes, { sync })
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }

  /** How an attempt is named in keys. */
  #named(attempt: AttemptId): AttemptId {
    return this.rules.attemptsKeptApart ? attempt : sharedAttempt
  }

  async #newestBatch(prefix: 'p/' | 'c/'): Promise<number | null> {
    let newest: number | null = null
    for await (const key of this.#store.keys(prefix, `${prefix[0]}0`)) newest = batchOfKey(key)
    return newest
  }

  async #attempts(batchId: number): Promise<PreparedEntry[]> {
    const prefix = `p/${String(batchId).padStart(10, '0')}/`
    const found: PreparedEntry[] = []
    for await (const [key, bytes] of this.#store.range(prefix, afterPrefix(prefix))) {
      const prepared = decodeRecord<Prepared>(key, bytes)
      const attempt = parseAttempt(key.slice(prefix.length))
      if (prepared.record.batchId !== batchId || this.#named(prepared.attempt).random !== attempt.random) throw recordCorrupt(key, 'it holds another batch')
      found.push({ prepared, digest: sha256(bytes) })
    }
    return found
  }

  /** The valid attempt at C: the one that its commit mark names, or that an attempt at C + 1 follows. */
  async #committedEntry(c: number, later: readonly PreparedEntry[]): Promise<PreparedEntry> {
    const bytes = await this.#store.get(keys.committed(c))
    const token = bytes === undefined ? later.at(-1)?.prepared.record.previousToken : decodeRecord<Committed>(keys.committed(c), bytes).token
    const entry = (await this.#attempts(c)).find(a => a.prepared.token === token)
    if (entry === undefined) throw recordCorrupt(`p/${c}`, 'the record of the last committed batch is missing')
    return entry
  }
}

function put(key: string, value: Json | object): StoreChange {
  return { kind: 'put', key, value: encodeRecord(value) }
}

/** Without its meta record a store that holds batches is not a new one: something was lost. */
async function refuseOrphans(store: KeyValueStore): Promise<void> {
  for await (const key of store.keys('', '\uffff')) {
    throw makeError('CHECKPOINT_CORRUPT', `The checkpoint has no "meta" record, but others such as "${key}". Restore it from a backup, or choose another checkpointLocation.`, { context: { key } })
  }
}

function tooNew(location: string, version: number): MillraceError {
  return makeError('CHECKPOINT_TOO_NEW', `Checkpoint "${location}" has format ${version}, this program reads up to ${formatVersion}. Update Millrace, or choose another checkpointLocation.`, {
    context: { version, supported: formatVersion },
  })
}
