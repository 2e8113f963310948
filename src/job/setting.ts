import { type Duration, parseInterval } from '../common/duration.ts'
import { quoteList } from '../common/suggest.ts'
import type { Secret } from './secret.ts'

/** One value of a job's configuration: what may be given, what it is when nothing is, and what it is for. Made by {@link setting}. */
export interface Setting<T> {
  readonly kind: string
  /** One sentence for `--help`. */
  readonly doc: string
  /** Must be given. */
  readonly required: boolean
  /** Read from the environment or a file alone, and never shown. */
  readonly secret: boolean
  readonly defaultValue: unknown
  /** What may be given, in words: `a whole number from 1`. */
  readonly expects: string
  /** The value that a text of an environment variable or a flag stands for; what stands for none comes back as it is. */
  fromText(text: string): unknown
  accepts(value: unknown): boolean
  readonly '~type'?: T
}

/** The settings of a job by name. */
export type SettingTable = { readonly [name: string]: Setting<unknown> }

/** The configuration that the settings make, as the job gets it. */
export type ConfigOf<T extends SettingTable> = { readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never } & {}

/** What each setting takes: a line of documentation, and the value when none is given. Without one the setting must be given. */
export interface SettingInit<T> {
  readonly doc: string
  readonly default?: T
}

export interface NumberInit extends SettingInit<number> {
  readonly min?: number
  readonly max?: number
}

type Parts = Pick<Setting<unknown>, 'kind' | 'expects' | 'fromText' | 'accepts'>

const made = <T>(parts: Parts, init: SettingInit<T>, secret = false): Setting<T> =>
  Object.freeze({ ...parts, doc: init.doc, required: init.default === undefined, secret, defaultValue: typeof init.default === 'object' ? Object.freeze(init.default) : init.default })

const same = (text: string): unknown => text
const isText = (value: unknown): value is string => typeof value === 'string'
const isDuration = (value: unknown): boolean => isText(value) && parseInterval(value)?.months === 0

/** The kinds of settings. `setting.integer({ doc: 'Rows of a page.', default: 100, min: 1 })`. */
export const setting = Object.freeze({
  text: (init: SettingInit<string>): Setting<string> => made({ kind: 'text', expects: 'text', fromText: same, accepts: isText }, init),

  /** A whole number within limits, both included. */
  integer: (init: NumberInit): Setting<number> =>
    made({ kind: 'integer', expects: `a whole number${rangeText(init)}`, fromText: text => (/^[+-]?\d{1,16}$/.test(text) ? Number(text) : text), accepts: value => Number.isSafeInteger(value) && inRange(value, init) }, init),

  number: (init: NumberInit): Setting<number> =>
    made({ kind: 'number', expects: `a number${rangeText(init)}`, fromText: text => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text), accepts: value => Number.isFinite(value) && inRange(value, init) }, init),

  boolean: (init: SettingInit<boolean>): Setting<boolean> =>
    made({ kind: 'boolean', expects: 'true or false', fromText: text => (text === 'true' ? true : text === 'false' ? false : text), accepts: value => typeof value === 'boolean' }, init),

  /** A length of time such as "10 minutes"; months and years are refused. */
  duration: (init: SettingInit<Duration>): Setting<Duration> => made({ kind: 'duration', expects: 'a length of time such as "10 minutes"', fromText: same, accepts: isDuration }, init),

  oneOf: <const V extends string>(values: readonly V[], init: SettingInit<NoInfer<V>>): Setting<V> =>
    made({ kind: 'one of', expects: `one of ${quoteList(values)}`, fromText: same, accepts: value => (values as readonly unknown[]).includes(value) }, init),

  /** Texts; in an environment variable or a flag with commas between them. */
  list: (init: SettingInit<readonly string[]>): Setting<readonly string[]> =>
    made({
      kind: 'list',
      expects: 'a list of texts (in a flag or a variable: with commas between them)',
      fromText: text => (text.trim() === '' ? [] : text.split(',').map(part => part.trim())),
      accepts: value => Array.isArray(value) && value.every(isText),
    }, init),

  /** What nobody else may see. It has no default, and is given by an environment variable or a reference, never as it is. */
  secret: (init: { readonly doc: string }): Setting<Secret> =>
    made<Secret>({ kind: 'secret', expects: 'a secret', fromText: same, accepts: value => (value as { readonly kind?: unknown } | null)?.kind === 'Secret' }, init, true),

  /** The same setting, undefined when it is not given. */
  optional: <T>(from: Setting<T>): Setting<T | undefined> => Object.freeze({ ...from, required: false, defaultValue: undefined }),
})

interface Range {
  readonly min?: number
  readonly max?: number
}

function inRange(value: unknown, { min = -Infinity, max = Infinity }: Range): boolean {
  return typeof value === 'number' && value >= min && value <= max
}

function rangeText({ min, max }: Range): string {
  return `${min === undefined ? '' : ` from ${min}`}${max === undefined ? '' : ` up to ${max}`}`
}
