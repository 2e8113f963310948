import { messageOf } from '../common/errors.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { ConfigLayer } from './config-layers.ts'
import type { Job } from './define-job.ts'
import { exposedSecret, invalidSetting, missingSecret, missingSetting, unknownSetting, unreadableSecret } from './errors.ts'
import { Secret, type SecretReference } from './secret.ts'
import type { Setting } from './setting.ts'
import { variableOf } from './variable-names.ts'

/** The configuration of a run. */
export interface ResolvedConfig {
  /** A key per setting and no other. */
  readonly values: { readonly [name: string]: unknown }
  /** The same for printing: secrets as `***`, null for what is not given. */
  readonly shown: { readonly [name: string]: unknown }
  /** Where each value comes from. */
  readonly origins: { readonly [name: string]: ConfigLayer['kind'] | 'default' }
  /** Values that must be shown nowhere. */
  readonly secrets: readonly string[]
}

/** Shorter ones would make a mask of every other word. */
const minSecretLength = 4
const maxSecretBytes = 64 * 1024

/**
 * Puts the layers together; what comes later goes before what comes earlier. Reads secrets where they stand.
 * @throws AnalysisError JOB_UNKNOWN_SETTING, JOB_INVALID_SETTING, JOB_SECRET_EXPOSED
 */
export async function resolveConfig(job: Job, layers: readonly ConfigLayer[], environment: { readonly [name: string]: string | undefined }, files: FileSystem): Promise<ResolvedConfig> {
  const names = Object.keys(job.config)
  for (const layer of layers) for (const name of layer.values.keys()) if (!Object.hasOwn(job.config, name)) throw unknownSetting(name, names, layer.origin(name))
  const values: { [name: string]: unknown } = {}
  const shown: { [name: string]: unknown } = {}
  const origins: { [name: string]: ConfigLayer['kind'] | 'default' } = {}
  const secrets: string[] = []
  for (const name of names) {
    const entry = job.config[name]
    const layer = layers.findLast(l => l.values.has(name))
    const given = layer?.values.get(name)
    origins[name] = layer?.kind ?? 'default'
    if (layer === undefined || given === undefined) {
      if (entry.required) throw entry.secret ? missingSecret(name, variableOf(name), entry.doc) : missingSetting(name, variableOf(name), entry.expects, entry.doc)
      values[name] = entry.defaultValue
    } else if (entry.secret) {
      const secret = await readSecret(name, referenceOf(name, given, layer), environment, files)
      secrets.push(secret.reveal())
      values[name] = secret
    } else values[name] = readValue(name, entry, given, layer)
    shown[name] = entry.secret && values[name] !== undefined ? '***' : (values[name] ?? null)
  }
  return { values: Object.freeze(values), shown: Object.freeze(shown), origins, secrets }
}

type Given = { readonly text: string } | { readonly value: unknown }

function readValue(name: string, entry: Setting<unknown>, given: Given, layer: ConfigLayer): unknown {
  const value = 'text' in given ? entry.fromText(given.text) : given.value
  if (!entry.accepts(value)) throw invalidSetting(name, cut(JSON.stringify('text' in given ? given.text : value) ?? String(value)), entry.expects, layer.origin(name))
  return Array.isArray(value) ? Object.freeze([...(value as readonly unknown[])]) : value
}

function referenceOf(name: string, given: Given, layer: ConfigLayer): SecretReference {
  if ('text' in given) {
    if (given.text.startsWith('file:')) return { file: given.text.slice(5) }
    if (given.text.startsWith('env:')) return { env: given.text.slice(4) }
  } else if (typeof given.value === 'object' && given.value !== null && Object.keys(given.value).length === 1) {
    const { file, env } = given.value as { readonly file?: unknown; readonly env?: unknown }
    if (typeof file === 'string') return { file }
    if (typeof env === 'string') return { env }
  }
  throw exposedSecret(name, variableOf(name), layer.origin(name).replace(/^(in|from) /, ''))
}

async function readSecret(name: string, reference: SecretReference, environment: { readonly [name: string]: string | undefined }, files: FileSystem): Promise<Secret> {
  const where = 'env' in reference ? `the environment variable ${cut(reference.env)}` : `the file "${cut(reference.file)}"`
  const value = 'env' in reference ? environment[reference.env] : await readSecretFile(name, reference.file, where, files)
  if (value === undefined) throw unreadableSecret(name, where, 'it is not set')
  if (value.length < minSecretLength) throw unreadableSecret(name, where, `it has ${value.length} characters, and the shortest secret that can be kept out of logs has ${minSecretLength}`)
  return new Secret(value, reference)
}

/** Without the line end that editors and `echo` put after it. */
async function readSecretFile(name: string, path: string, where: string, files: FileSystem): Promise<string> {
  const stat = await files.stat(path).catch(() => undefined)
  if (stat?.kind !== 'file') throw unreadableSecret(name, where, 'there is no such file')
  if (stat.size > maxSecretBytes) throw unreadableSecret(name, where, `it has ${stat.size} bytes, and a secret has at most ${maxSecretBytes}`)
  try {
    return Buffer.from(await files.readFile(path)).toString('utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw unreadableSecret(name, where, messageOf(error))
  }
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
