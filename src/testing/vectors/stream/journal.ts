import type { KeyValueStore, StoreProvider } from '../../../checkpoint/key-value-store.ts'
import { decodeRecord, type Prepared } from '../../../checkpoint/records.ts'

/** What a checkpoint was told, as it was told it: a query that runs holds its store, so nobody else can look inside. */
export interface Journal {
  /** The newest record of each batch. */
  readonly prepared: Map<number, Prepared>
  /** The store while it is open. */
  store: KeyValueStore | null
}

/** Passes everything on to another provider and keeps a {@link Journal} for each directory. */
export class JournalingStores implements StoreProvider {
  readonly #inner: StoreProvider
  readonly #journals = new Map<string, Journal>()

  constructor(inner: StoreProvider) {
    this.#inner = inner
  }

  journal(directory: string): Journal {
    let journal = this.#journals.get(directory)
    if (journal === undefined) this.#journals.set(directory, (journal = { prepared: new Map(), store: null }))
    return journal
  }

  forget(directory: string): void {
    this.#journals.delete(directory)
  }

  async open(directory: string): Promise<KeyValueStore> {
    const store = await this.#inner.open(directory)
    const journal = this.journal(directory)
    const observed: KeyValueStore = {
      get: key => store.get(key),
      range: (from, to) => store.range(from, to),
      keys: (from, to) => store.keys(from, to),
      async write(changes, options) {
        await store.write(changes, options)
        for (const change of changes) {
          if (change.kind !== 'put' || !change.key.startsWith('p/')) continue
          const prepared = decodeRecord<Prepared>(change.key, change.value)
          journal.prepared.set(prepared.record.batchId, prepared)
        }
      },
      async close() {
        journal.store = null
        await store.close()
      },
    }
    journal.store = observed
    return observed
  }
}
