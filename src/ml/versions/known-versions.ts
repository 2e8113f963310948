import type { KnownModel, VersionStore } from './version-store.ts'
import { loadModelFromBytes } from '../registry.ts'

interface KnownName {
  readonly aliases: ReadonlyMap<string, number>
  readonly newest: number
  /** By version: those that an alias or the bare name stands for. */
  readonly models: ReadonlyMap<number, KnownModel>
}

/**
 * What the names of a registry stood for when somebody last looked: enough to type a query, which is written without
 * waiting. What they stand for when it starts is looked up then.
 */
export class KnownVersions {
  readonly #store: VersionStore
  readonly #names = new Map<string, KnownName>()

  constructor(store: VersionStore) {
    this.#store = store
  }

  async refresh(): Promise<void> {
    const names = await this.#store.names()
    for (const gone of [...this.#names.keys()].filter(n => !names.includes(n))) this.#names.delete(gone)
    // A model that cannot be read hides itself alone; whoever asks for it is told.
    for (const name of names) await this.refreshName(name).catch(() => this.#names.delete(name))
  }

  async refreshName(name: string): Promise<void> {
    const versions = await this.#store.versions(name)
    const aliases = await this.#store.aliases(name)
    const newest = versions.at(-1) ?? 0
    const before = this.#names.get(name)?.models
    const models = new Map<number, KnownModel>()
    for (const version of versions) {
      const known = before?.get(version) ?? (await this.#store.metadata(name, version)).known
      if (known !== undefined) models.set(version, known)
      else if (version === newest || [...aliases.values()].includes(version)) await this.#read(name, version, models)
    }
    this.#names.set(name, { aliases, newest, models })
  }

  /** What a name and label stood for; undefined when nobody knows. */
  find(name: string, label: string | undefined): { readonly version: number; readonly model: KnownModel } | undefined {
    const known = this.#names.get(name)
    if (known === undefined) return undefined
    const version = label === undefined ? known.newest : (known.aliases.get(label) ?? Number(label))
    const model = known.models.get(version)
    return model === undefined ? undefined : { version, model }
  }

  /** Names with all labels, as they are written in references. */
  get references(): readonly string[] {
    return [...this.#names].flatMap(([name, { aliases }]) => [...aliases.keys()].map(alias => `${name}@${alias}`))
  }

  /** A version that was put there by hand says nothing of itself. */
  async #read(name: string, version: number, models: Map<number, KnownModel>): Promise<void> {
    const model = await loadModelFromBytes(await this.#store.artefact(name, version)).catch(() => undefined)
    if (model === undefined) return
    models.set(version, { digest: model.digest, signature: model.signature })
    model.close()
  }
}
