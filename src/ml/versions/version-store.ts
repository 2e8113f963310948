import { makeError, messageOf } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { Json } from '../../common/json.ts'
import { type Random, randomHex } from '../../common/random.ts'
import { didYouMean, quoteList } from '../../common/suggest.ts'
import { readArtefact } from '../artefact.ts'
import type { ModelArtefact, ModelSignature } from '../model.ts'
import { type RouteWeights, weightsProblem } from './route-weights.ts'

/**
 * A folder of models that people can read:
 *
 *     NAME/aliases.json          {"champion": 7, "candidate": 8}
 *     NAME/routes.json           {"champion": 0.95, "candidate": 0.05}, where rows are shared out
 *     NAME/7/version.json        what register() was told
 *     NAME/7/model…              the model, a file or a folder
 *     NAME/7/golden/input.jsonl, NAME/7/golden/expected.jsonl
 *
 * A numbered folder without version.json, as TensorFlow Serving has them, is a version too: all of it is the model.
 * Versions are written beside and renamed into place, and never changed; only aliases move.
 */
export class VersionStore {
  readonly directory: string
  readonly #files: FileSystem
  readonly #random: Random

  constructor(directory: string, files: FileSystem, random: Random) {
    this.directory = directory
    this.#files = files
    this.#random = random
  }

  async names(): Promise<string[]> {
    return (await this.#list(this.directory)).filter(e => e.kind === 'directory' && namePattern.test(e.name)).map(e => e.name).sort()
  }

  /** Numbers, ascending. */
  async versions(name: string): Promise<number[]> {
    checkModelName(name)
    const entries = await this.#list(`${this.directory}/${name}`)
    return entries.filter(e => e.kind === 'directory' && versionPattern.test(e.name)).map(e => Number(e.name)).sort((a, b) => a - b)
  }

  /** @throws AnalysisError ML_REGISTRY_UNREADABLE */
  async aliases(name: string): Promise<ReadonlyMap<string, number>> {
    checkModelName(name)
    const path = `${this.directory}/${name}/aliases.json`
    if ((await this.#files.stat(path)) === undefined) return new Map()
    const json = await this.#readObject(path)
    if (Object.values(json).some(v => !Number.isSafeInteger(v))) throw unreadable(path, 'it is to be an object from alias to number of version')
    return new Map(Object.entries(json as { readonly [alias: string]: number }))
  }

  /**
   * The version that a reference stands for: `name@alias`, `name@7`, or `name` for the greatest number.
   * @throws AnalysisError ML_VERSION_UNKNOWN
   */
  async resolve(reference: string): Promise<{ readonly name: string; readonly version: number }> {
    const { name, label } = parseReference(reference)
    const versions = await this.versions(name)
    if (versions.length === 0) {
      const names = await this.names()
      throw makeError('ML_VERSION_UNKNOWN', `There is no model "${name}" in the registry "${this.directory}", only ${quoteList(names)}.${didYouMean(name, names)}`, { context: { name, names } })
    }
    if (label === undefined) return { name, version: versions[versions.length - 1] }
    const aliases = await this.aliases(name)
    const version = versionPattern.test(label) ? Number(label) : aliases.get(label)
    if (version !== undefined && versions.includes(version)) return { name, version }
    const known = [...aliases.keys(), ...versions.map(String)]
    throw makeError('ML_VERSION_UNKNOWN', `Model "${name}" has no version or alias "${label}", only ${quoteList(known)}.${didYouMean(label, known)}`, { context: { name, label, known } })
  }

  async metadata(name: string, version: number): Promise<VersionRecord> {
    const path = `${this.directory}/${name}/${version}/version.json`
    if ((await this.#files.stat(path)) === undefined) return { metadata: {}, registeredAt: null, tolerance: defaultTolerance }
    const { metadata, registeredAt, tolerance, artefact, known } = await this.#readObject(path)
    return {
      metadata: isObject(metadata) ? metadata : {},
      registeredAt: typeof registeredAt === 'string' ? registeredAt : null,
      tolerance: typeof tolerance === 'number' && tolerance >= 0 ? tolerance : defaultTolerance,
      ...(typeof artefact === 'string' && namePattern.test(artefact) ? { artefact } : {}),
      ...(isKnown(known) ? { known } : {}),
    }
  }

  /** @throws AnalysisError ML_UNREADABLE */
  async artefact(name: string, version: number): Promise<ModelArtefact> {
    const folder = `${this.directory}/${name}/${version}`
    const { artefact } = await this.metadata(name, version)
    if (artefact !== undefined) return readArtefact(this.#files, `${folder}/${artefact}`)
    const entries = (await this.#list(folder)).filter(e => e.name !== 'golden' && !e.name.startsWith('.'))
    return readArtefact(this.#files, entries.length === 1 && entries[0].kind === 'file' ? `${folder}/${entries[0].name}` : folder)
  }

  /** Paths of the golden rows, if the version has some. */
  async golden(name: string, version: number): Promise<GoldenPaths | undefined> {
    const folder = `${this.directory}/${name}/${version}/golden`
    const [input, expected] = [`${folder}/input.jsonl`, `${folder}/expected.jsonl`]
    const there = (await this.#files.stat(input))?.kind === 'file' && (await this.#files.stat(expected))?.kind === 'file'
    return there ? { input, expected } : undefined
  }

  /**
   * Adds a version: written beside, looked at by `check` (which throws when it is not to be used), synced, then renamed to
   * its number. Answers the number.
   */
  async add(
    name: string,
    path: string,
    record: Omit<VersionRecord, 'artefact' | 'known'>,
    golden: GoldenPaths | undefined,
    check: (artefact: ModelArtefact, golden: GoldenPaths | undefined) => Promise<KnownModel>,
  ): Promise<number> {
    checkModelName(name)
    const home = `${this.directory}/${name}`
    const stage = `${home}/.new-${randomHex(this.#random, 8)}`
    const source = path.slice(path.lastIndexOf('/') + 1)
    const artefactName = namePattern.test(source) && source !== 'golden' && source !== 'version.json' ? source : 'model'
    await this.#files.makeDirectory(stage)
    try {
      await this.#copy(path, `${stage}/${artefactName}`)
      if (golden !== undefined) {
        await this.#files.makeDirectory(`${stage}/golden`)
        await this.#copy(golden.input, `${stage}/golden/input.jsonl`)
        await this.#copy(golden.expected, `${stage}/golden/expected.jsonl`)
        await this.#files.syncDirectory(`${stage}/golden`)
      }
      const copied = await readArtefact(this.#files, `${stage}/${artefactName}`)
      const known = await check(copied, golden === undefined ? undefined : { input: `${stage}/golden/input.jsonl`, expected: `${stage}/golden/expected.jsonl` })
      await this.#write(`${stage}/version.json`, `${JSON.stringify({ ...record, artefact: artefactName, known }, null, 2)}\n`)
      await this.#files.syncDirectory(stage)
      for (;;) {
        const version = ((await this.versions(name)).at(-1) ?? 0) + 1
        try {
          await this.#files.rename(stage, `${home}/${version}`)
          await this.#files.syncDirectory(home)
          return version
        } catch (error) {
          // Somebody else took the number.
          if ((await this.#files.stat(`${home}/${version}`)) === undefined) throw error
        }
      }
    } catch (error) {
      await this.#files.removeDirectory(stage).catch(() => undefined)
      throw error
    }
  }

  /** Replaces the aliases as one. */
  setAliases(name: string, aliases: ReadonlyMap<string, number>): Promise<void> {
    return this.#replace(name, 'aliases.json', Object.fromEntries(aliases))
  }

  /**
   * By which weights rows are shared out among aliases; undefined when nobody has said so.
   * @throws AnalysisError ML_REGISTRY_UNREADABLE
   */
  async weights(name: string): Promise<RouteWeights | undefined> {
    checkModelName(name)
    const path = `${this.directory}/${name}/routes.json`
    if ((await this.#files.stat(path)) === undefined) return undefined
    const json = await this.#readObject(path)
    const problem = weightsProblem(json)
    if (problem !== null) throw unreadable(path, problem)
    return json as RouteWeights
  }

  /** Replaces the weights as one; undefined removes them. */
  async setWeights(name: string, weights: RouteWeights | undefined): Promise<void> {
    checkModelName(name)
    if (weights !== undefined) return this.#replace(name, 'routes.json', weights)
    if ((await this.#files.stat(`${this.directory}/${name}/routes.json`)) !== undefined) await this.#files.remove(`${this.directory}/${name}/routes.json`)
  }

  async #replace(name: string, file: string, content: object): Promise<void> {
    const home = `${this.directory}/${name}`
    const stage = `${home}/.${file}-${randomHex(this.#random, 8)}`
    await this.#write(stage, `${JSON.stringify(content, null, 2)}\n`)
    await this.#files.rename(stage, `${home}/${file}`)
    await this.#files.syncDirectory(home)
  }

  async #copy(from: string, to: string): Promise<void> {
    const stat = await this.#files.stat(from)
    if (stat === undefined) throw makeError('ML_UNREADABLE', `There is no file or directory "${from}". Give register() the path of a model.`, { context: { path: from } })
    if (stat.kind === 'file') return this.#write(to, await this.#files.readFile(from))
    await this.#files.makeDirectory(to)
    for (const entry of await this.#files.list(from)) {
      if (entry.kind !== 'file' && entry.kind !== 'directory') throw makeError('ML_UNREADABLE', `"${from}/${entry.name}" is a link or special file, which models may not contain.`, { context: { path: from } })
      await this.#copy(`${from}/${entry.name}`, `${to}/${entry.name}`)
    }
    await this.#files.syncDirectory(to)
  }

  async #write(path: string, content: string | Uint8Array): Promise<void> {
    const file = await this.#files.create(path)
    try {
      await file.write(typeof content === 'string' ? Buffer.from(content) : content)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #readObject(path: string): Promise<JsonObject> {
    let json: Json
    try {
      json = JSON.parse(Buffer.from(await this.#files.readFile(path)).toString()) as Json
    } catch (error) {
      throw unreadable(path, messageOf(error))
    }
    if (!isObject(json)) throw unreadable(path, 'it is no JSON object')
    return json
  }

  async #list(path: string): ReturnType<FileSystem['list']> {
    return (await this.#files.stat(path))?.kind === 'directory' ? this.#files.list(path) : []
  }
}

/** What a model was when it was registered, so that a query can be written without reading it again. */
export interface KnownModel {
  readonly digest: string
  readonly signature: ModelSignature
}

export interface GoldenPaths {
  readonly input: string
  readonly expected: string
}

/** What is known of a version beside its bytes. */
export interface VersionRecord {
  readonly metadata: { readonly [key: string]: Json }
  /** ISO-8601; null for a version that was put there by hand. */
  readonly registeredAt: string | null
  /** By how much golden rows may differ, as a share of max(1, |expected|). */
  readonly tolerance: number
  /** The file or folder of the model within the version. */
  readonly artefact?: string
  /** Absent for a version that was put there by hand. */
  readonly known?: KnownModel
}

export const defaultTolerance = 1e-6
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const versionPattern = /^[1-9]\d{0,14}$/

/** @throws AnalysisError PLAN_INVALID_NAME */
export function checkModelName(name: string): void {
  if (namePattern.test(name)) return
  throw makeError('PLAN_INVALID_NAME', `The model name "${name}" becomes part of paths: use 1 to 128 letters, digits, ".", "_" and "-", not starting with ".".`, { context: { name, what: 'model name' } })
}

export function parseReference(reference: string): { readonly name: string; readonly label: string | undefined } {
  const at = reference.indexOf('@')
  const name = at < 0 ? reference : reference.slice(0, at)
  checkModelName(name)
  return { name, label: at < 0 ? undefined : reference.slice(at + 1) }
}

function unreadable(path: string, what: string): Error {
  return makeError('ML_REGISTRY_UNREADABLE', `The registry file "${path}" cannot be used: ${what}. Correct it, or take an undamaged copy.`, { context: { path, what } })
}

type JsonObject = { readonly [key: string]: Json }

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** It is compared with the model itself before a query starts: what is looked at here is the form alone. */
function isKnown(value: Json | undefined): value is Json & KnownModel {
  if (!isObject(value) || typeof value['digest'] !== 'string') return false
  const signature = value['signature']
  return isObject(signature) && typeof signature['format'] === 'string' && Array.isArray(signature['inputs']) && Array.isArray(signature['outputs'])
}
