import { parseInterval } from './duration.ts'
import { makeError, type MillraceError } from './errors.ts'
import { didYouMean, quoteList } from './suggest.ts'

/** What an option takes and what it is when not given. Made by {@link option}. */
export interface OptionSpec<T, Required extends boolean = false> {
  readonly kind: string
  /** One sentence for the documentation. */
  readonly doc: string
  readonly required: Required
  /** Never shown in an error or in the documentation. */
  readonly secret: boolean
  readonly defaultValue: T
  /** What may be given, for errors and documentation: `a whole number from 1`. */
  readonly expects: string
  readonly accepts: (value: unknown) => boolean
}

/** All options of one thing by name: defaults, checks, documentation and, through {@link OptionsOf}, the type. */
export type OptionTable = { readonly [name: string]: OptionSpec<unknown, boolean> }

type ValueOf<S> = S extends OptionSpec<infer T, boolean> ? T : never
type RequiredNames<T> = { [K in keyof T]: T[K] extends OptionSpec<unknown, true> ? K : never }[keyof T]

/** The options as a user gives them: those without a default must be there. */
export type OptionsOf<T extends OptionTable> = { readonly [K in RequiredNames<T>]: ValueOf<T[K]> } & {
  readonly [K in Exclude<keyof T, RequiredNames<T>>]?: ValueOf<T[K]>
} & {}

/** The options behind the border: each one is there. */
export type ResolvedOptions<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> } & {}

/**
 * Freezes a table of options. The types of the options derive from it.
 *
 *     const csvOptions = optionTable({ header: option.boolean(false, 'The first record has the names of the columns.') })
 *     type CsvOptions = OptionsOf<typeof csvOptions>
 */
export function optionTable<const T extends OptionTable>(table: T): Readonly<T> {
  return Object.freeze(table)
}

const spec = <T>(kind: string, defaultValue: T, doc: string, expects: string, accepts: (value: unknown) => boolean): OptionSpec<T> =>
  Object.freeze({ kind, doc, required: false as const, secret: false, defaultValue, expects, accepts })

/** The kinds of options. Each takes its default and one sentence of documentation. */
export const option = Object.freeze({
  boolean: (defaultValue: boolean, doc: string): OptionSpec<boolean> =>
    spec('boolean', defaultValue, doc, 'true or false', value => typeof value === 'boolean'),

  /** A whole number within limits, both included. */
  integer: (defaultValue: number, doc: string, limits: { readonly min?: number; readonly max?: number } = {}): OptionSpec<number> => {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = limits
    const range = `${limits.min === undefined ? '' : ` from ${min}`}${limits.max === undefined ? '' : ` up to ${max}`}`
    return spec('integer', defaultValue, doc, `a whole number${range}`, value => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)
  },

  number: (defaultValue: number, doc: string): OptionSpec<number> =>
    spec('number', defaultValue, doc, 'a number', value => typeof value === 'number' && Number.isFinite(value)),

  text: (defaultValue: string, doc: string): OptionSpec<string> =>
    spec('text', defaultValue, doc, 'text', value => typeof value === 'string'),

  /** One ASCII character. Line ends are not among them: nothing else could mark the end of a record. */
  character: (defaultValue: string, doc: string): OptionSpec<string> =>
    spec('character', defaultValue, doc, 'one ASCII character that is no letter, digit or line end', value => typeof value === 'string' && /^[\t -/:-@[-`{-~]$/.test(value)),

  oneOf: <const V extends string>(values: readonly V[], defaultValue: V, doc: string): OptionSpec<V> =>
    spec('one of', defaultValue, doc, `one of ${quoteList(values)}`, value => (values as readonly unknown[]).includes(value)),

  /** A length of time such as "10 minutes"; months and years are refused. */
  duration: (defaultValue: string, doc: string): OptionSpec<string> =>
    spec('duration', defaultValue, doc, 'a length of time such as "10 minutes"', value => typeof value === 'string' && parseInterval(value)?.months === 0),

  /** Anything that passes the check. `expects` says in words what that is: "a list of names". */
  value: <T>(defaultValue: T, doc: string, expects: string, accepts: (value: unknown) => boolean): OptionSpec<T> =>
    spec('value', defaultValue, doc, expects, accepts),
})

/** The same option without a default: undefined when it is not given. */
export function optional<T>(from: OptionSpec<T>): OptionSpec<T | undefined> {
  return Object.freeze({ ...from, defaultValue: undefined })
}

/** The same option, but it must be given. */
export function required<T>(from: OptionSpec<T>): OptionSpec<T, true> {
  return Object.freeze({ ...from, required: true as const })
}

/** The same option, whose value is shown nowhere. */
export function secret<S extends OptionSpec<unknown, boolean>>(from: S): S {
  return Object.freeze({ ...from, secret: true })
}

/**
 * Checks what was given against the table and fills in the defaults. `where` names the thing in errors: `format "csv"`.
 * An option given as undefined counts as not given. The result has a key per option of the table and no other.
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function resolveOptions<T extends OptionTable>(table: T, given: { readonly [name: string]: unknown }, where: string): ResolvedOptions<T> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, Object.keys(table), where)
  }
  const resolved: { [name: string]: unknown } = Object.create(null) as { [name: string]: unknown }
  for (const name of Object.keys(table)) {
    const entry = table[name]
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (value === undefined) {
      if (entry.required) throw missingOption(name, entry, where)
      resolved[name] = entry.defaultValue
    } else {
      if (!entry.accepts(value)) throw invalidOption(name, entry.secret ? '***' : shown(value), entry.expects, where)
      resolved[name] = value
    }
  }
  return Object.freeze(resolved) as ResolvedOptions<T>
}

/** One line per option for the documentation: name, what it takes, default, sentence. */
export function describeOptions(table: OptionTable): string {
  return Object.entries(table)
    .map(([name, o]) => `${name}: ${o.expects}${o.required ? ' (required)' : o.defaultValue === undefined || o.secret ? '' : ` (default ${JSON.stringify(o.defaultValue)})`}. ${o.doc}`)
    .join('\n')
}

function unknownOption(name: string, candidates: readonly string[], where: string): MillraceError {
  const has = candidates.length === 0 ? 'It has none.' : `It has ${quoteList(candidates)}.`
  return makeError('PLAN_UNKNOWN_OPTION', `There is no option "${name}" of ${where}. ${has}${didYouMean(name, candidates)}`, {
    context: { name, candidates, where },
  })
}

function invalidOption(name: string, value: string, expects: string, where: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "${name}" of ${where} is ${value}, but it must be ${expects}.`, {
    context: { name, value, expects, where },
  })
}

function missingOption(name: string, { expects, doc }: OptionSpec<unknown, boolean>, where: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "${name}" of ${where} is missing. Give ${expects}: ${doc.charAt(0).toLowerCase()}${doc.slice(1)}`, { context: { name, expects, where } })
}

function shown(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  // JSON would show null.
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
