import { canonicalJson, type Json } from '../common/json.ts'
import { keys } from './keys.ts'
import type { KeyValueStore, StoreChange } from './key-value-store.ts'
import { decodeRecord, encodeRecord, type Prepared, recordCorrupt } from './records.ts'
import { SetHash } from './set-hash.ts'

export type RememberChanges = readonly {
  readonly source: string
  readonly put: readonly (readonly [string, Json])[]
  readonly remove: readonly string[]
}[]

/**
 * What sources remember beside their offsets, one store entry each. Every prepared record holds the number and the
 * set-hash of each source's entries, so that a lost one is noticed instead of a file being read twice.
 */
export class RememberedEntries {
  readonly #sources = new Map<string, { readonly entries: Map<string, Json>; hash: SetHash }>()

  static async load(store: KeyValueStore): Promise<RememberedEntries> {
    const loaded = new RememberedEntries()
    for await (const [key, bytes] of store.range('r/', 'r0')) {
      const at = key.indexOf('/', 2)
      const source = loaded.#of(key.slice(2, at))
      put(source.entries, source.hash, key.slice(at + 1), decodeRecord<Json>(key, bytes))
    }
    return loaded
  }

  of(source: string): ReadonlyMap<string, Json> {
    return this.#of(source).entries
  }

  /** Count and hash per source as they will be after the changes; costs what changes, not what there is. */
  after(changes: RememberChanges): Prepared['remembered'] {
    const result: { [source: string]: { count: number; hash: string } } = {}
    for (const [source, { hash }] of this.#sources) result[source] = { count: hash.count, hash: hash.text }
    for (const change of changes) {
      const { entries, hash } = this.#of(change.source)
      const next = hash.copy()
      // A key may be named twice in one change: the last one counts.
      const overlay = new Map<string, Json | undefined>()
      const current = (key: string): Json | undefined => (overlay.has(key) ? overlay.get(key) : entries.get(key))
      for (const [key, value] of change.put) {
        const old = current(key)
        if (old !== undefined) next.remove(entryText(key, old))
        next.add(entryText(key, value))
        overlay.set(key, value)
      }
      for (const key of change.remove) {
        const old = current(key)
        if (old !== undefined) next.remove(entryText(key, old))
        overlay.set(key, undefined)
      }
      result[change.source] = { count: next.count, hash: next.text }
    }
    return result
  }

  changes(changes: RememberChanges): StoreChange[] {
    return changes.flatMap(c => [
      ...c.put.map(([key, value]): StoreChange => ({ kind: 'put', key: keys.remembered(c.source, key), value: encodeRecord(value) })),
      ...c.remove.map((key): StoreChange => ({ kind: 'delete', key: keys.remembered(c.source, key) })),
    ])
  }

  apply(changes: RememberChanges): void {
    for (const change of changes) {
      const { entries, hash } = this.#of(change.source)
      for (const [key, value] of change.put) put(entries, hash, key, value)
      for (const key of change.remove) {
        const old = entries.get(key)
        if (old !== undefined) hash.remove(entryText(key, old))
        entries.delete(key)
      }
    }
  }

  /** @throws CheckpointError CHECKPOINT_CORRUPT */
  verify(expected: Prepared['remembered']): void {
    for (const [source, wanted] of Object.entries(expected)) {
      const { hash } = this.#of(source)
      if (hash.count !== wanted.count || hash.text !== wanted.hash) {
        throw recordCorrupt(`r/${source}`, `${hash.count} entries were found where the last batch knows ${wanted.count}`)
      }
    }
  }

  #of(source: string): { readonly entries: Map<string, Json>; hash: SetHash } {
    let found = this.#sources.get(source)
    if (found === undefined) this.#sources.set(source, (found = { entries: new Map<string, Json>(), hash: new SetHash() }))
    return found
  }
}

function put(entries: Map<string, Json>, hash: SetHash, key: string, value: Json): void {
  const old = entries.get(key)
  if (old !== undefined) hash.remove(entryText(key, old))
  hash.add(entryText(key, value))
  entries.set(key, value)
}

function entryText(key: string, value: Json): string {
  return `${key}\n${canonicalJson(value)}`
}
