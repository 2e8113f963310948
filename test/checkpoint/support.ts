import { Checkpoint, type PreparedEntry } from '../../src/checkpoint/checkpoint.ts'
import { lockDirectory } from '../../src/checkpoint/directory.ts'
import { batchToken, firstToken, type Prepared, type QueryDescription } from '../../src/checkpoint/records.ts'
import type { RememberChanges } from '../../src/checkpoint/remembered.ts'
import { sha256 } from '../../src/common/digest.ts'
import type { KeyValueStore } from '../../src/checkpoint/key-value-store.ts'
import { SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'

export const description: QueryDescription = { queryId: 'query', partitions: 1, watermarkPolicy: 'min', sources: [], operators: [], sinks: [] }

/** A journal on a simulated machine that can be killed, lose its power, and be opened again. */
export class Journal {
  readonly world = new SimulatedWorld({ seed: 1, unsynced: 'nothing' })
  checkpoint!: Checkpoint
  #close: () => Promise<void> = async () => undefined
  epoch = 0

  static async start(): Promise<Journal> {
    const journal = new Journal()
    await journal.open()
    return journal
  }

  get store(): KeyValueStore {
    return this.checkpoint.store
  }

  /** A new process on the same disk; it takes the next epoch. */
  async open(): Promise<void> {
    const program = this.world.start()
    const directory = await lockDirectory('/checkpoint', program.stores, program.ports, 'query')
    this.checkpoint = await Checkpoint.open(directory, program.stores)
    this.#close = async () => {
      await this.checkpoint.closeStore()
      await directory.lock.close()
    }
    this.crash = mode => this.world.crash(mode, program.process)
  }

  crash: (mode: 'kill' | 'power') => void = () => undefined

  async begin(): Promise<void> {
    this.epoch = this.checkpoint.epoch + 1
    await this.checkpoint.beginEpoch(this.epoch, description)
  }

  async reopen(): Promise<void> {
    await this.#close()
    await this.open()
  }

  /** Prepares a batch after `previous`; with a delta of one operator if asked. */
  async prepare(previous: PreparedEntry | null, options: { readonly random?: string; readonly delta?: string; readonly remember?: RememberChanges } = {}): Promise<PreparedEntry> {
    const batchId = (previous?.prepared.record.batchId ?? -1) + 1
    const remember = options.remember ?? []
    const segment = options.delta === undefined ? null : new TextEncoder().encode(options.delta)
    const body = {
      record: {
        batchId, sources: {}, watermarks: { late: null, evict: null }, idle: [], clockMs: batchId, seed: 0, models: [], tables: {}, partitions: 1, sinks: ['output'], noData: false,
        previousToken: previous?.prepared.token ?? firstToken,
      },
      attempt: { epoch: this.epoch, random: (options.random ?? '').padStart(16, '0') },
      deltas: segment === null ? [] : [{ operator: 'aggregate-0', partition: 0, digest: sha256(segment), setHash: `hash ${batchId}` }],
      outputDigest: firstToken,
      outputRows: {},
      stateHash: firstToken,
      next: { nodes: {}, seenMs: {}, global: null },
      noDataWanted: false,
      remembered: this.checkpoint.rememberedAfter(remember),
      incarnations: {},
      spooled: null,
    }
    const prepared: Prepared = { ...body, token: batchToken(body), previousRecord: previous?.digest ?? firstToken, metrics: null }
    return this.checkpoint.prepare({ prepared, segments: segment === null ? [] : [{ operator: 'aggregate-0', partition: 0, segment }], remember })
  }

  async commit(entry: PreparedEntry, sync = false): Promise<void> {
    await this.checkpoint.commit(entry, { sync })
  }

  /** So many batches, each prepared and committed. */
  async run(count: number, from: PreparedEntry | null = null, delta = false): Promise<PreparedEntry> {
    let last = from
    for (let i = 0; i < count; i++) {
      last = await this.prepare(last, delta ? { delta: `delta ${(last?.prepared.record.batchId ?? -1) + 1}` } : {})
      await this.commit(last)
    }
    if (last === null) throw new Error('At least one batch.')
    return last
  }

  /** The keys of a family, cut after the batch. */
  async batchesOf(family: string): Promise<number[]> {
    const found = new Set<number>()
    for await (const key of this.store.keys(`${family}/`, `${family}0`)) found.add(Number(key.slice(2, 12)))
    return [...found]
  }

  /** Changes a stored value in place. */
  async damage(key: string, change: (bytes: Uint8Array) => void): Promise<void> {
    const bytes = await this.store.get(key)
    if (bytes === undefined) throw new Error(`There is no ${key}.`)
    change(bytes)
    await this.store.write([{ kind: 'put', key, value: bytes }], { sync: true })
  }

  async remove(key: string): Promise<void> {
    await this.store.write([{ kind: 'delete', key }], { sync: true })
  }
}
