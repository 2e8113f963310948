import type { FileSystem, WritableFile } from '../../src/common/file-system.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { Ports } from '../../src/common/ports.ts'
import type { KeyValueStore, StoreProvider } from '../../src/checkpoint/key-value-store.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'

/** What stands for the end of the process. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export interface CrashingWorld {
  readonly ports: Ports
  readonly store: StoreProvider
  /** Durable steps so far. */
  readonly steps: () => number
  readonly crashed: () => boolean
}

/**
 * Real files and the real LevelDB, until the process "dies" just before its n-th durable step: a file or a directory
 * synced, linked, renamed, a write to a store. From then on nothing reaches the world any more, except that stores are
 * closed, as the kernel closes what a dead process had open. Only steps below `root` count: the folders above are
 * synced too, but nothing of the query is in them.
 */
export function crashingWorld(root: string, crashAt: number): CrashingWorld {
  let steps = 0
  let dead = false
  const alive = (): void => {
    if (dead) throw new Crash('The process is dead.')
  }
  const step = (path: string): void => {
    alive()
    if (!path.startsWith(root)) return
    if (++steps >= crashAt) {
      dead = true
      throw new Crash(`Crash before durable step ${steps}.`)
    }
  }
  const real = nodePorts.files
  const writable = (path: string, file: WritableFile): WritableFile => ({
    async write(bytes) {
      alive()
      await file.write(bytes)
    },
    async sync() {
      step(path)
      await file.sync()
    },
    close: () => file.close(),
  })
  const guarded = <A extends unknown[], T>(run: (...args: A) => Promise<T>) => async (...args: A): Promise<T> => {
    alive()
    return run(...args)
  }
  const files: FileSystem = {
    open: guarded(real.open),
    create: guarded(async path => writable(path, await real.create(path))),
    append: guarded(async path => writable(path, await real.append(path))),
    readFile: guarded(real.readFile),
    stat: guarded(real.stat),
    list: guarded(real.list),
    makeDirectory: guarded(real.makeDirectory),
    async rename(from, to) {
      step(to)
      await real.rename(from, to)
    },
    async link(from, to) {
      step(to)
      await real.link(from, to)
    },
    remove: guarded(real.remove),
    removeDirectory: guarded(real.removeDirectory),
    async syncDirectory(path) {
      step(path)
      await real.syncDirectory(path)
    },
  }
  const levels = new LevelStoreProvider(nodePorts)
  const store: StoreProvider = {
    open: guarded(async directory => {
      const opened = await levels.open(directory)
      const wrapped: KeyValueStore = {
        get: guarded(key => opened.get(key)),
        async write(changes, options) {
          step(directory)
          await opened.write(changes, options)
        },
        range: (from, to) => {
          alive()
          return opened.range(from, to)
        },
        keys: (from, to) => {
          alive()
          return opened.keys(from, to)
        },
        close: () => opened.close(),
      }
      return wrapped
    }),
  }
  return { ports: { ...nodePorts, files }, store, steps: () => steps, crashed: () => dead }
}
