import { messageOf } from '../common/errors.ts'
import type { FileSystem } from '../common/file-system.ts'
import { closest } from '../common/suggest.ts'
import { unreadableConfig } from './errors.ts'
import type { Job } from './define-job.ts'
import { variableOf } from './variable-names.ts'

/** What one place says about settings. `text` stands for a value that its setting has to read out of it. */
export interface ConfigLayer {
  /** Where a value of this layer comes from, for errors: `from --set`. */
  origin(name: string): string
  /** One word for `config` in the log. */
  readonly kind: 'file' | 'environment' | 'flag' | 'program'
  readonly values: ReadonlyMap<string, { readonly text: string } | { readonly value: unknown }>
}

const maxConfigBytes = 1024 * 1024

/**
 * The file of `--config`: one JSON object, a key per setting.
 * @throws AnalysisError JOB_CONFIG_UNREADABLE
 */
export async function fileLayer(path: string, files: FileSystem): Promise<ConfigLayer> {
  const text = await readSmall(path, files)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    // The parser's message has a piece of the file, which may be a secret; the place is enough.
    const position = /position (\d+)/.exec(messageOf(error))?.[1]
    const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n')
    const place = before === undefined ? '' : ` The mistake is in line ${before.length}, at character ${(before.at(-1)?.length ?? 0) + 1}.`
    throw unreadableConfig(path, `is not JSON.${place} Write one object, such as {"input": "data"}.`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw unreadableConfig(path, 'is JSON, but no object. Write one such as {"input": "data"}.')
  return { kind: 'file', origin: () => `in ${path}`, values: new Map(Object.entries(parsed).map(([name, value]) => [name, { value: value as unknown }])) }
}

async function readSmall(path: string, files: FileSystem): Promise<string> {
  const stat = await files.stat(path)
  if (stat === undefined) throw unreadableConfig(path, 'does not exist. Correct the path after --config.')
  if (stat.kind === 'directory') throw unreadableConfig(path, 'is a folder. Name the JSON file after --config.')
  if (stat.size > maxConfigBytes) throw unreadableConfig(path, `has ${stat.size} bytes; a configuration has at most ${maxConfigBytes}.`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await files.readFile(path))
  } catch (error) {
    throw unreadableConfig(path, error instanceof TypeError ? 'is not UTF-8 text. Save it as UTF-8.' : `cannot be read: ${messageOf(error)}.`)
  }
}

/** Variables of the environment: `MILLRACE_<SETTING>`, and for a secret `MILLRACE_<SETTING>_FILE` with the path of a file that has it. */
export function environmentLayer(job: Job, environment: { readonly [name: string]: string | undefined }): ConfigLayer {
  const values = new Map<string, { readonly text: string } | { readonly value: unknown }>()
  for (const [name, { secret }] of Object.entries(job.config)) {
    const variable = variableOf(name)
    const text = environment[variable]
    const file = environment[`${variable}_FILE`]
    // A secret is taken from where it stands, so that connectors can read it there themselves.
    if (secret && text !== undefined) values.set(name, { value: { env: variable } })
    else if (secret && file !== undefined) values.set(name, { value: { file } })
    else if (text !== undefined) values.set(name, { text })
  }
  return { kind: 'environment', origin: name => `in ${variableOf(name)}`, values }
}

/** Variables that are close to one of a setting and are not read, as sentences: a slip there would otherwise go by in silence. */
export function misspelledVariables(job: Job, environment: { readonly [name: string]: string | undefined }): readonly string[] {
  const known = Object.entries(job.config).flatMap(([name, { secret }]) => (secret ? [variableOf(name), `${variableOf(name)}_FILE`] : [variableOf(name)]))
  const read = new Set([...known, 'MILLRACE_ADMIN_TOKEN', 'MILLRACE_ADMIN_TOKEN_FILE'])
  return Object.keys(environment).filter(name => name.startsWith('MILLRACE_') && !read.has(name)).flatMap(name => {
    const meant = closest(name, known)
    return meant === undefined ? [] : [`The environment variable ${name} is no setting and is not read. Did you mean ${meant}?`]
  })
}

/** Pairs `NAME=VALUE` of `--set`; the last of a name counts. */
export function flagLayer(pairs: readonly string[]): ConfigLayer {
  const values = new Map(pairs.map(pair => {
    const at = pair.indexOf('=')
    return [at < 0 ? pair : pair.slice(0, at), { text: at < 0 ? '' : pair.slice(at + 1) }] as const
  }))
  return { kind: 'flag', origin: () => 'from --set', values }
}

/** Values of a program that runs a job itself. */
export function programLayer(values: { readonly [name: string]: unknown }): ConfigLayer {
  return { kind: 'program', origin: () => 'in config', values: new Map(Object.entries(values).filter(([, value]) => value !== undefined).map(([name, value]) => [name, { value }])) }
}
