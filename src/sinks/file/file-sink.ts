import type { Schema } from '../../columnar/schema.ts'
import { sha256 } from '../../common/digest.ts'
import { isMillraceError, makeError, type MillraceError } from '../../common/errors.ts'
import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import { canonicalJson, type Json } from '../../common/json.ts'
import type { Ports } from '../../common/ports.ts'
import { randomHex } from '../../common/random.ts'
import { loadFormat } from '../../formats/registry.ts'
import { batchesOfParts } from '../collect-writer.ts'
import { type Attempt, attemptName, type Marker, type Sink, type SinkEnvironment, type SinkOutput, type SinkPart } from '../sink.ts'
import type { FilePartHandle } from './file-writer.ts'
import { makeDurableDirectory } from '../../common/durable-directory.ts'
import type { ResolvedFileSinkOptions } from './options.ts'
import { fileExtension, OutputSet } from './output-set.ts'
import { type PublishedFile, publishedFiles, Publisher } from './published-file.ts'
import { type LogState, SlotLog } from './slot-log.ts'
import type { Staged } from './staged-file.ts'
import { commitFailed, usable } from './write-errors.ts'

/**
 * Exactly-once files, for readers of the log and for plain readers of the folder alike:
 *
 *   stage    files in _staging/<attempt>/, synced, with a list of them
 *   commit   one slot of the log names batch, token and files; synced: the batch is decided
 *            files are renamed to part-<batch>-<n>.<extension>; synced
 *
 * A crash between the two is repaired at the next fence, which renames again. No reader of the folder ever sees a file
 * of a batch that is not decided, half a file, or the same rows twice.
 */
export class FileSink implements Sink {
  readonly description: string
  readonly capabilities = Object.freeze({ lookup: true, resumable: true })
  readonly #options: ResolvedFileSinkOptions
  readonly #ports: Ports
  readonly #schema: Schema
  readonly #owner: string
  readonly #rules: ProtocolRules
  readonly #log: SlotLog
  readonly #publisher: Publisher
  /** The log as we left it; undefined before the fence. */
  #state: LogState | undefined
  /** The epoch that this very object has taken. */
  #fenced: number | undefined
  #staged = new Map<string, readonly PublishedFile[]>()

  private constructor(options: ResolvedFileSinkOptions, environment: SinkEnvironment) {
    const { ports, queryId, name, schema, rules = protocolRules } = environment
    this.description = `files[${options.path}]`
    this.#options = options
    this.#rules = rules
    this.#ports = ports
    this.#schema = schema
    this.#owner = `${queryId}/${name}`
    this.#log = new SlotLog(ports.files, ports.random, `${options.path}/_manifest/slot`, rules)
    this.#publisher = new Publisher(ports.files, options.path)
  }

  /** @throws QueryError SINK_PATH_UNUSABLE · CheckpointError SINK_OUTPUT_OWNED, SINK_MANIFEST_CORRUPT */
  static async open(options: ResolvedFileSinkOptions, environment: SinkEnvironment): Promise<FileSink> {
    const { files } = environment.ports
    const sink = new FileSink(options, environment)
    return usable(options.path, async () => {
      await makeDurableDirectory(files, `${options.path}/_manifest/slot`)
      await makeDurableDirectory(files, `${options.path}/_staging`)
      await sink.#read()
      return sink
    })
  }

  async epoch(): Promise<number> {
    return usable(this.#options.path, async () => (await this.#read()).epoch)
  }

  async fence(epoch: number): Promise<{ readonly last: Marker | null; readonly incarnation: string }> {
    return usable(this.#options.path, () => this.#fence(epoch))
  }

  async #fence(epoch: number): Promise<{ readonly last: Marker | null; readonly incarnation: string }> {
    for (;;) {
      const state = await this.#read()
      const again = epoch === state.epoch && epoch === this.#fenced
      if (epoch <= state.epoch && !again) throw fenced(this.#options.path, epoch, state.epoch)
      const incarnation = state.incarnation ?? randomHex(this.#ports.random, 16)
      const next = await this.#log.append(state, { epoch, incarnation, owner: this.#owner })
      if (next === undefined) continue
      if (next.last !== null && this.#rules.renamesRedone) await this.#publish(next.last.files)
      this.#state = next
      this.#fenced = epoch
      return { last: next.last === null ? null : { batchId: next.last.batchId, token: next.last.token }, incarnation }
    }
  }

  async stage(batchId: number, attempt: Attempt, parts: readonly SinkPart[]): Promise<void> {
    try {
      await this.#stage(batchId, attempt, parts)
    } catch (error) {
      if (isMillraceError(error)) throw error
      throw commitFailed(this.#options.path, batchId, error)
    }
  }

  async #stage(batchId: number, attempt: Attempt, parts: readonly SinkPart[]): Promise<void> {
    const ordered = [...parts].sort((a, b) => a.partition - b.partition)
    if (ordered.every(part => part.rows === 0)) {
      this.#staged.set(stageKey(batchId, attempt), [])
      return
    }
    const { files } = this.#ports
    const folder = `_staging/${attemptName(attempt)}`
    const output = await OutputSet.open(this.#ports, this.#options, this.#schema, `${folder}/m-`, this.#rules.stagedFilesSynced)
    const staged: Staged[] = []
    try {
      for (const batch of batchesOfParts(ordered)) await output.write(batch)
      staged.push(...(await output.finish()))
    } catch (error) {
      // What the failure leaves behind is removed as far as possible; it is the failure that counts.
      await output.abort().catch(() => undefined)
      throw error
    }
    for (const part of ordered) if (part.handle !== null) staged.push(...(part.handle as unknown as FilePartHandle).files)
    const published = publishedFiles(batchId, staged, fileExtension(await loadFormat(this.#options.format), this.#options))
    await this.#writeList(`${folder}/batch-${batchId}.json`, published)
    await Promise.all([files.syncDirectory(`${this.#options.path}/${folder}`), files.syncDirectory(`${this.#options.path}/_staging`)])
    this.#staged.set(stageKey(batchId, attempt), published)
  }

  async commit(output: SinkOutput): Promise<'done' | 'already'> {
    try {
      return await this.#commit(output)
    } catch (error) {
      if (isMillraceError(error)) throw error
      throw commitFailed(this.#options.path, output.batchId, error)
    }
  }

  async #commit(output: SinkOutput): Promise<'done' | 'already'> {
    const { batchId, token, epoch, attempt } = output
    const state = this.#state
    if (state === undefined || state.epoch !== epoch) throw fenced(this.#options.path, epoch, state?.epoch ?? 0)
    const already = await this.#isCommitted(state, output)
    if (already) return 'already'
    if ((await this.#stagedFiles(batchId, attempt)) === undefined) await this.#stage(batchId, attempt, output.parts)
    const files = (await this.#stagedFiles(batchId, attempt)) ?? []
    const taken = await this.#publisher.taken(files)
    if (taken !== undefined) throw await this.#nameTaken(taken, epoch)
    if (!this.#rules.renameAfterSlot) await this.#publish(files)
    const next = await this.#log.append(state, { epoch, incarnation: state.incarnation as string, owner: this.#owner, batch: { batchId, token, files } })
    if (next === undefined) return this.#lostSlot(output)
    this.#state = next
    await this.#publish(files)
    this.#staged.delete(stageKey(batchId, attempt))
    return 'done'
  }

  async hasStaged(batchId: number, attempt: Attempt): Promise<boolean> {
    return usable(this.#options.path, () => this.#hasStaged(batchId, attempt))
  }

  async #hasStaged(batchId: number, attempt: Attempt): Promise<boolean> {
    const published = await this.#stagedFiles(batchId, attempt)
    if (published === undefined) return false
    for (const file of published) {
      const stat = await this.#ports.files.stat(`${this.#options.path}/${file.staged}`)
      if (stat?.size !== file.bytes) return false
    }
    return true
  }

  async sweep(belowEpoch: number): Promise<void> {
    const { files } = this.#ports
    await usable(this.#options.path, async () => {
      for (const { name } of await files.list(`${this.#options.path}/_staging`)) {
        const match = /^(\d{10,})-/.exec(name)
        if (match !== null && Number(match[1]) < belowEpoch) await files.removeDirectory(`${this.#options.path}/_staging/${name}`)
      }
      await this.#log.sweep(belowEpoch)
    })
  }

  async close(): Promise<void> {}

  async #read(): Promise<LogState> {
    const state = await this.#log.read()
    if (state.owner !== null && state.owner !== this.#owner) throw outputOwned(this.#options.path, state.owner, this.#owner)
    return state
  }

  /** Another writer took our slot. It may be ourselves: a link whose success was reported as a failure. */
  async #lostSlot(output: SinkOutput): Promise<'already'> {
    const state = await this.#read()
    if (state.epoch === output.epoch && (await this.#isCommitted(state, output))) {
      this.#state = state
      return 'already'
    }
    throw fenced(this.#options.path, output.epoch, state.epoch)
  }

  /** A name that is taken before its batch is decided is somebody else's: a newer writer's, or a stranger's. */
  async #nameTaken(path: string, epoch: number): Promise<MillraceError> {
    const state = await this.#read()
    if (state.epoch > epoch) return fenced(this.#options.path, epoch, state.epoch)
    return makeError('SINK_OUTPUT_OWNED', `File "${path}" exists, but this query has not written it. Give the sink a folder of its own.`, { context: { path } })
  }

  /** @throws CheckpointError SINK_TOKEN_MISMATCH when the log has this batch, or a later one, from another attempt */
  async #isCommitted(state: LogState, output: SinkOutput): Promise<boolean> {
    const { last } = state
    if (last === null || last.batchId < output.batchId) return false
    if (last.batchId !== output.batchId || (last.token !== output.token && this.#rules.lookUpDecides)) throw tokenMismatch(this.#options.path, output, last)
    await this.#publish(last.files)
    return true
  }

  async #publish(files: readonly PublishedFile[]): Promise<void> {
    if (files.length === 0) return
    await this.#publisher.publish(files)
    const attempts = new Set(files.map(file => file.staged.slice(0, file.staged.lastIndexOf('/'))))
    for (const attempt of attempts) await this.#ports.files.removeDirectory(`${this.#options.path}/${attempt}`)
  }

  async #writeList(path: string, published: readonly PublishedFile[]): Promise<void> {
    const { files } = this.#ports
    const line = canonicalJson(published as unknown as Json)
    // The same attempt may be staged again in one process, after a failure on the way.
    await files.remove(`${this.#options.path}/${path}`)
    const file = await files.create(`${this.#options.path}/${path}`)
    try {
      await file.write(new TextEncoder().encode(`${line}\n{"sha256":"${sha256(line)}"}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** What stage() left for the attempt: from memory, or from its list on disk after a restart. */
  async #stagedFiles(batchId: number, attempt: Attempt): Promise<readonly PublishedFile[] | undefined> {
    const known = this.#staged.get(stageKey(batchId, attempt))
    if (known !== undefined) return known
    let text: string
    try {
      text = new TextDecoder().decode(await this.#ports.files.readFile(`${this.#options.path}/_staging/${attemptName(attempt)}/batch-${batchId}.json`))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const [line, footer] = text.split('\n')
    if (footer !== `{"sha256":"${sha256(line)}"}`) return undefined
    // The process that staged it may have died before its names were durable.
    for (const folder of [`_staging/${attemptName(attempt)}`, '_staging']) await this.#ports.files.syncDirectory(`${this.#options.path}/${folder}`)
    const published = JSON.parse(line) as PublishedFile[]
    this.#staged.set(stageKey(batchId, attempt), published)
    return published
  }
}

function stageKey(batchId: number, attempt: Attempt): string {
  return `${batchId}/${attemptName(attempt)}`
}

function fenced(path: string, epoch: number, newest: number): MillraceError {
  return makeError(
    'CHECKPOINT_FENCED',
    `The output "${path}" has accepted a writer with epoch ${newest}; this one has ${epoch}. The query was started a second time: stop one of the two.`,
    { context: { path, epoch, newest } },
  )
}

function outputOwned(path: string, owner: string, query: string): MillraceError {
  return makeError(
    'SINK_OUTPUT_OWNED',
    `The output "${path}" belongs to query "${owner}", not to "${query}". Give the sink another folder, or remove the old output together with its "_manifest".`,
    { context: { path, owner, query } },
  )
}

function tokenMismatch(path: string, output: SinkOutput, last: Marker): MillraceError {
  return makeError(
    'SINK_TOKEN_MISMATCH',
    `The output "${path}" has batch ${last.batchId} with another token than this query has for batch ${output.batchId}. The checkpoint and the output do not belong together: restore the one that fits, or start with new ones.`,
    { context: { path, batchId: output.batchId, token: output.token, lastBatchId: last.batchId, lastToken: last.token } },
  )
}
