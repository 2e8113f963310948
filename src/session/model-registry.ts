import { type Duration, durationMs } from '../common/duration.ts'
import { makeError } from '../common/errors.ts'
import { canonicalJson, type Json } from '../common/json.ts'
import { nodePorts } from '../common/node/node-ports.ts'
import type { Ports } from '../common/ports.ts'
import { didYouMean } from '../common/suggest.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { digestOf } from '../ml/registry.ts'
import { checkVersion, type RefusedVersion } from '../ml/versions/check-version.ts'
import { KnownVersions } from '../ml/versions/known-versions.ts'
import { type RouteWeights, weightsProblem } from '../ml/versions/route-weights.ts'
import { defaultTolerance, type KnownModel, parseReference, VersionStore } from '../ml/versions/version-store.ts'
import type { WatchedModel } from '../microbatch/model-swaps.ts'
import type { WatchedWeights } from '../microbatch/route-swaps.ts'
import type { LoadedModel, ModelOutputs, ModelReference } from './loaded-model.ts'

export interface RegisterOptions {
  /** What people should know of it: who trained it, on what, how good it is. */
  readonly metadata?: { readonly [key: string]: Json }
  /** Rows with the answers of the model's own library (files of JSON lines): a version that scores them otherwise is never used. */
  readonly golden?: { readonly input: string; readonly expected: string; readonly tolerance?: number }
}

export interface ModelVersionInfo {
  readonly version: number
  readonly digest: string
  readonly aliases: readonly string[]
  readonly metadata: { readonly [key: string]: Json }
  /** ISO-8601; null for a version that was put there by hand. */
  readonly registeredAt: string | null
  readonly hasGoldenRows: boolean
}

export interface ModelRegistryOptions {
  /** How often a running query looks where its alias points; a move within the process is seen at once. @default '1 second' */
  readonly pollInterval?: Duration
  /** @internal For tests. */
  readonly ports?: Ports
}

/**
 * Versions of models in a plain folder, and aliases that point at them. A query that scores with `name@alias` follows the
 * alias while it runs: a new version is checked, loaded beside the old one, and takes over at a batch boundary.
 *
 *     const registry = await ModelRegistry.open('models/')
 *     await registry.register('late-arrival', 'model.json', { golden: { input: 'rows.jsonl', expected: 'answers.jsonl' } })
 *     await registry.setAlias('late-arrival', 'champion', 1)
 *     const champion = await registry.load('late-arrival@champion')
 */
export class ModelRegistry {
  readonly #store: VersionStore
  readonly #known: KnownVersions
  readonly #ports: Ports
  readonly #pollMs: number
  /** Wakes those that watch, when this process moves an alias. */
  #movement = new AbortController()

  private constructor(store: VersionStore, ports: Ports, pollMs: number) {
    this.#store = store
    this.#known = new KnownVersions(store)
    this.#pollMs = pollMs
    this.#ports = ports
  }

  /** The folder is made when there is none. */
  static async open(directory: string, options: ModelRegistryOptions = {}): Promise<ModelRegistry> {
    const ports = options.ports ?? nodePorts
    const pollMs = durationMs(options.pollInterval ?? '1 second', 'pollInterval')
    await ports.files.makeDirectory(directory)
    const registry = new ModelRegistry(new VersionStore(directory.replace(/(?<=.)\/+$/, ''), ports.files, ports.random), ports, pollMs)
    await registry.refresh()
    return registry
  }

  /** Looks at the folder again, for models that others put there since it was opened. */
  async refresh(): Promise<void> {
    await this.#known.refresh()
  }

  names(): Promise<string[]> {
    return this.#store.names()
  }

  /** All versions of a model, oldest first. */
  async versions(name: string): Promise<ModelVersionInfo[]> {
    const aliases = await this.#store.aliases(name)
    const infos: ModelVersionInfo[] = []
    for (const version of await this.#store.versions(name)) {
      const { metadata, registeredAt } = await this.#store.metadata(name, version)
      infos.push({
        version,
        digest: digestOf(await this.#store.artefact(name, version)),
        aliases: [...aliases].filter(([, v]) => v === version).map(([alias]) => alias),
        metadata,
        registeredAt,
        hasGoldenRows: (await this.#store.golden(name, version)) !== undefined,
      })
    }
    return infos
  }

  async aliases(name: string): Promise<{ readonly [alias: string]: number }> {
    return Object.fromEntries(await this.#store.aliases(name))
  }

  /**
   * Adds a model as the next version, after it was read and its golden rows were scored. Answers the version.
   * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED, ML_UNKNOWN_FORMAT, ML_GOLDEN_MISMATCH, PLAN_INVALID_NAME
   */
  async register(name: string, path: string, options: RegisterOptions = {}): Promise<number> {
    const { metadata = {}, golden } = options
    const tolerance = golden?.tolerance ?? defaultTolerance
    const record = { metadata, registeredAt: new Date(this.#ports.clock.now()).toISOString(), tolerance }
    const version = await this.#store.add(name, path, record, golden, async (artefact, copied) => {
      const checked = await checkVersion(this.#ports.files, artefact, copied, tolerance)
      if ('refused' in checked) {
        throw checked.error ?? makeError('ML_GOLDEN_MISMATCH', `The model "${path}" is not registered: ${checked.refused}. Compare with millrace model verify, or give the tolerance that you accept.`, { context: { name, path } })
      }
      return checked
    })
    await this.#known.refreshName(name)
    return version
  }

  /** @throws AnalysisError ML_VERSION_UNKNOWN */
  async setAlias(name: string, alias: string, version: number): Promise<void> {
    if (!/^[A-Za-z_][A-Za-z0-9._-]{0,127}$/.test(alias)) throw makeError('PLAN_INVALID_NAME', `The alias "${alias}" is no name: use letters, digits, ".", "_" and "-", beginning with a letter.`, { context: { name: alias, what: 'alias' } })
    await this.#store.resolve(`${name}@${version}`)
    await this.#store.setAliases(name, new Map([...(await this.#store.aliases(name)), [alias, version]]))
    await this.#moved(name)
  }

  async removeAlias(name: string, alias: string): Promise<void> {
    const aliases = new Map(await this.#store.aliases(name))
    if (aliases.delete(alias)) await this.#store.setAliases(name, aliases)
    await this.#moved(name)
  }

  /** By which weights the rows of a query that routes are shared out among aliases; undefined: as each query says. */
  weights(name: string): Promise<RouteWeights | undefined> {
    return this.#store.weights(name)
  }

  /**
   * Shares rows out anew, from the next batch of the queries that route by this model; undefined leaves it to each query.
   * @throws AnalysisError PLAN_INVALID_OPTION, ML_VERSION_UNKNOWN
   */
  async setWeights(name: string, weights: RouteWeights | undefined): Promise<void> {
    const problem = weights === undefined ? null : weightsProblem(weights)
    if (problem !== null) throw makeError('PLAN_INVALID_OPTION', `setWeights("${name}") cannot be done: ${problem}.`, { context: { option: 'weights', name } })
    for (const alias of Object.keys(weights ?? {})) await this.#store.resolve(`${name}@${alias}`)
    await this.#store.setWeights(name, weights)
    await this.#moved(name)
  }

  /**
   * A model by name, to write a query with at once: `score('late-arrival@champion', { registry, … })` does the same. Types come
   * from the version that the name stood for when the registry was opened or last changed here.
   * @throws AnalysisError ML_VERSION_UNKNOWN
   */
  reference<O = ModelOutputs>(reference: string): ModelReference<O> {
    const { name, label } = parseReference(reference)
    const found = this.#known.find(name, label)
    if (found === undefined) throw this.#unknown(reference)
    return Object.freeze({
      kind: 'model-reference',
      label: `${name}@${found.version}`,
      name,
      version: String(found.version),
      digest: found.model.digest,
      signature: found.model.signature,
      ...(follows(reference) ? { reference } : {}),
      resolve: () => this.load<O>(reference),
    })
  }

  /**
   * The model that `name@alias`, `name@7` or `name` (its newest version) stands for now. A query that scores with a model
   * loaded by alias follows the alias; one loaded by number stays.
   * @throws AnalysisError ML_VERSION_UNKNOWN, ML_UNREADABLE, ML_UNSUPPORTED, ML_UNKNOWN_FORMAT, ML_PACKAGE_MISSING, ML_GOLDEN_MISMATCH
   */
  async load<O = ModelOutputs>(reference: string): Promise<LoadedModel<O>> {
    const { name, version } = await this.#store.resolve(reference)
    const checked = await this.#checked(name, version)
    if ('refused' in checked) throw checked.error ?? makeError('ML_GOLDEN_MISMATCH', `Version ${version} of model "${name}" is not used: ${checked.refused}.`, { context: { name, version } })
    const watched = follows(reference) ? { reference, watched: this.#watched(reference, version) } : {}
    return Object.freeze({ kind: 'model', label: `${name}@${version}`, name, version: String(version), weights: this.#watchedWeights(name), ...checked, ...watched })
  }

  async #checked(name: string, version: number): Promise<(KnownModel & { readonly artefact: ModelArtefact }) | RefusedVersion> {
    const artefact = await this.#store.artefact(name, version)
    const { tolerance } = await this.#store.metadata(name, version)
    const checked = await checkVersion(this.#ports.files, artefact, await this.#store.golden(name, version), tolerance)
    return 'refused' in checked ? checked : { ...checked, artefact }
  }

  #watched(reference: string, version: number): WatchedModel {
    return {
      reference,
      version: String(version),
      next: async (digest, signal) => {
        // Versions do not change: one that was looked at need not be read again.
        let seen = -1
        for (;;) {
          if (signal.aborted) return undefined
          const target = await this.#store.resolve(reference).catch(() => undefined)
          if (target !== undefined && target.version !== seen) {
            seen = target.version
            const found = digestOf(await this.#store.artefact(target.name, target.version))
            if (found !== digest) {
              const checked = await this.#checked(target.name, target.version)
              const label = String(target.version)
              return 'refused' in checked ? { refused: checked.refused, version: label, digest: found } : { digest: found, version: label, artefact: checked.artefact }
            }
          }
          await this.#ports.clock.sleep(this.#pollMs, AbortSignal.any([signal, this.#movement.signal]))
        }
      },
    }
  }

  #watchedWeights(name: string): WatchedWeights {
    const now = async (): Promise<RouteWeights | null> => (await this.#store.weights(name)) ?? null
    return {
      now,
      next: async (known, signal) => {
        for (;;) {
          if (signal.aborted) return undefined
          // A file that is being written by hand may be half there.
          const weights = await now().catch(() => known)
          if (canonicalJson(weights) !== canonicalJson(known)) return { weights }
          await this.#ports.clock.sleep(this.#pollMs, AbortSignal.any([signal, this.#movement.signal]))
        }
      },
    }
  }

  /** Wakes those that watch. */
  async #moved(name: string): Promise<void> {
    await this.#known.refreshName(name)
    this.#movement.abort()
    this.#movement = new AbortController()
  }

  #unknown(reference: string): Error {
    const { references } = this.#known
    return makeError('ML_VERSION_UNKNOWN', `The registry "${this.#store.directory}" knows no "${reference}".${didYouMean(reference, references)} Set the alias first; if another process has set it since the registry was opened here, call await registry.refresh().`, {
      context: { reference, references },
    })
  }
}

/** Whether a query goes on with what the name stands for later: an alias does, a number stays. */
function follows(reference: string): boolean {
  return /@(?!\d)/.test(reference)
}
