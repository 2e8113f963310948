import type { KeyValueStore, StoreChange, StoreProvider } from '../../checkpoint/key-value-store.ts'
import { decodeRecord, type Prepared } from '../../checkpoint/records.ts'

/**
 * The moments of a batch at which a crash differs: before its record is durable, when the record is and no sink has the
 * rows, and when the sinks have them and the commit mark is missing.
 */
export type CrashPoint = 'prepare' | 'publish' | 'commit'

/** A store that tells of the writes that make up a batch, and lets the process die around them. */
export class ObservedStores implements StoreProvider {
  readonly #inner: StoreProvider
  readonly #at: (point: CrashPoint) => Promise<void>
  readonly #prepared: (prepared: Prepared) => void

  constructor(inner: StoreProvider, at: (point: CrashPoint) => Promise<void>, prepared: (prepared: Prepared) => void) {
    this.#inner = inner
    this.#at = at
    this.#prepared = prepared
  }

  async open(directory: string): Promise<KeyValueStore> {
    const store = await this.#inner.open(directory)
    return {
      get: key => store.get(key),
      range: (from, to) => store.range(from, to),
      keys: (from, to) => store.keys(from, to),
      close: () => store.close(),
      write: async (changes, options) => {
        const record = changes.find(c => c.kind === 'put' && c.key.startsWith('p/')) as Extract<StoreChange, { kind: 'put' }> | undefined
        if (record !== undefined) await this.#at('prepare')
        if (changes.some(c => c.kind === 'put' && c.key.startsWith('c/'))) await this.#at('commit')
        await store.write(changes, options)
        if (record === undefined) return
        this.#prepared(decodeRecord<Prepared>(record.key, record.value))
        await this.#at('publish')
      },
    }
  }
}
