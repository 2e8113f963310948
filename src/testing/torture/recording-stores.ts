import type { KeyValueStore, StoreChange, StoreProvider } from '../../checkpoint/key-value-store.ts'
import { decodeRecord, type Prepared } from '../../checkpoint/records.ts'

/** Every batch that was ever prepared, by token, whatever became of it: clean-up must not hide history from the oracle. */
export type PreparedByToken = Map<string, Prepared>

/** Stores that note what is prepared through them, and that may lose a write without saying so. */
export class RecordingStores implements StoreProvider {
  readonly #stores: StoreProvider
  readonly #prepared: PreparedByToken
  readonly #drop: () => boolean

  constructor(stores: StoreProvider, prepared: PreparedByToken, drop: () => boolean) {
    this.#stores = stores
    this.#prepared = prepared
    this.#drop = drop
  }

  async open(directory: string): Promise<KeyValueStore> {
    const store = await this.#stores.open(directory)
    return {
      get: key => store.get(key),
      range: (from, to) => store.range(from, to),
      keys: (from, to) => store.keys(from, to),
      close: () => store.close(),
      write: (changes, options) => {
        this.#note(changes)
        return store.write(this.#drop() ? [] : changes, options)
      },
    }
  }

  #note(changes: readonly StoreChange[]): void {
    for (const change of changes) {
      if (change.kind !== 'put' || !change.key.startsWith('p/')) continue
      const prepared = decodeRecord<Prepared>(change.key, change.value)
      this.#prepared.set(prepared.token, prepared)
    }
  }
}
