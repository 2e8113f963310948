import type { FileSystem } from '../common/file-system.ts'
import { assert } from '../common/assert.ts'
import type { KeyValueStore, StoreProvider } from './key-value-store.ts'

/** For tools, which look and create nothing: where there is no store yet, it is as an empty one. */
export function existingStores(provider: StoreProvider, files: FileSystem): StoreProvider {
  return { open: async directory => ((await files.stat(directory)) === undefined ? emptyStore : provider.open(directory)) }
}

const emptyStore: KeyValueStore = Object.freeze({
  get: () => Promise.resolve(undefined),
  async write() {
    assert(false, 'A tool writes nothing into a checkpoint.', {})
  },
  async *range() {},
  async *keys() {},
  close: () => Promise.resolve(),
})
