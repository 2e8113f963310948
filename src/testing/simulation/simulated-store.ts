import { posix } from 'node:path'
import type { KeyValueStore, StoreChange, StoreProvider } from '../../checkpoint/key-value-store.ts'
import { checkpointInUse, storeFailed } from '../../checkpoint/level-errors.ts'
import { isMillraceError, type MillraceError } from '../../common/errors.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { StoreContent } from './store-content.ts'

/**
 * Key-value stores on the disk of a simulated machine. A store is a directory with the file CURRENT, as LevelDB's is, so
 * it moves, goes and appears with its directory. Creating one is durable.
 */
export class SimulatedStoreProvider implements StoreProvider {
  readonly #disk: SimulatedDisk
  readonly #process: SimulatedProcess
  readonly #locked: boolean

  /** `locked`: false takes the lock away, for tests of two processes on one store. */
  constructor(disk: SimulatedDisk, process: SimulatedProcess, locked: boolean) {
    this.#disk = disk
    this.#process = process
    this.#locked = locked
  }

  async open(directory: string): Promise<KeyValueStore> {
    const content = await this.#process.step({ kind: 'store open', path: directory }, () => this.#contentOf(directory)).catch((error: unknown) => {
      throw isMillraceError(error) ? error : storeFailed(directory, 'opened', error)
    })
    if (this.#locked && content.holder?.alive === true) {
      throw checkpointInUse(directory, content.holder === this.#process ? 'another query of this process' : 'another process on this machine')
    }
    content.holder = this.#process
    return new SimulatedStore(directory, content, this.#process, this.#disk)
  }

  #contentOf(directory: string): StoreContent {
    const disk = this.#disk
    const node = disk.makeDurableDirectory(posix.resolve('/', directory))
    let current = node.entries.get('CURRENT')
    if (current === undefined) {
      current = disk.newFile()
      disk.change({ directory: node, name: 'CURRENT', to: current })
      disk.syncDirectory(node)
    }
    if (current.kind !== 'file') throw storeFailed(directory, 'opened', new Error('CURRENT is a directory'))
    if (current.store === null) {
      current.store = new StoreContent()
      disk.addStore(current.store)
    }
    return current.store
  }
}

class SimulatedStore implements KeyValueStore {
  readonly #directory: string
  readonly #content: StoreContent
  readonly #process: SimulatedProcess
  readonly #disk: SimulatedDisk
  #failure: MillraceError | null = null
  #open = true

  constructor(directory: string, content: StoreContent, process: SimulatedProcess, disk: SimulatedDisk) {
    this.#directory = directory
    this.#content = content
    this.#process = process
    this.#disk = disk
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.#reading()
    return this.#content.entries.get(key)?.slice()
  }

  async write(changes: readonly StoreChange[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const step = { kind: 'store write', path: this.#directory, sync: options.sync } as const
    try {
      if (!this.#open) throw closed()
      // A process that dies while it writes has written or not; synced it is not.
      await this.#process.step(step, () => this.#content.apply(changes, options.sync), () => {
        if (this.#disk.partOf(1) === 1) this.#content.apply(changes, false)
      })
    } catch (error) {
      this.#failure ??= storeFailed(this.#directory, 'written', error)
      throw this.#failure
    }
  }

  async *range(from: string, to: string): AsyncGenerator<readonly [key: string, value: Uint8Array]> {
    await this.#reading()
    // Like LevelDB's iterator, this one sees the store as it was when it began.
    const entries = [...this.#content.entries].filter(([key]) => !before(key, from) && before(key, to))
    entries.sort(([a], [b]) => (before(a, b) ? -1 : 1))
    for (const [key, value] of entries) {
      yield [key, value.slice()]
      await this.#process.gate()
    }
  }

  async *keys(from: string, to: string): AsyncGenerator<string> {
    for await (const [key] of this.range(from, to)) yield key
  }

  async close(): Promise<void> {
    if (!this.#open) return
    try {
      await this.#process.step({ kind: 'store close', path: this.#directory }, () => {
        this.#open = false
        if (this.#content.holder === this.#process) this.#content.holder = null
      })
    } catch (error) {
      throw storeFailed(this.#directory, 'closed', error)
    }
  }

  async #reading(): Promise<void> {
    await this.#process.gate()
    if (!this.#open) throw storeFailed(this.#directory, 'read', closed())
  }
}

function closed(): Error {
  return new Error('the store is closed')
}

/** Whether a key stands before another in the order of their UTF-8 bytes, which is that of their code points. */
function before(a: string, b: string): boolean {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) < rank(y)
  }
  return a.length < b.length
}

/** UTF-16 puts surrogates, which stand for the highest code points, below the last part of the first 65,536. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
}
