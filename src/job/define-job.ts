import { type Duration, parseInterval } from '../common/duration.ts'
import type { Logger } from '../common/log.ts'
import type { Session, SessionOptions } from '../session/session.ts'
import type { StreamWriter } from '../session/stream-writer.ts'
import { invalidJob } from './errors.ts'
import type { ConfigOf, SettingTable } from './setting.ts'
import { variableOf } from './variable-names.ts'

/** When a query that failed is started again. */
export interface RestartOptions {
  /** Before the first try; each further one waits twice as long. @default '1 second' */
  readonly initialDelay?: Duration
  /** No wait is longer. @default '1 minute' */
  readonly maxDelay?: Duration
  /** As many failures of the same class at the same place and it stays down. @default 5 */
  readonly sameFailures?: number
}

/** What `queries` is given beside session and configuration. */
export interface JobContext {
  /** The log of the job; secrets are masked in it. */
  readonly logger: Logger
}

export interface JobDefinition<T extends SettingTable> {
  /** Of the job, in logs and on pages: 1 to 128 of A-Z a-z 0-9 . _ - */
  readonly name: string
  /** What the job does, for `--help`. */
  readonly doc?: string
  /** Its settings, made with `setting.text({ doc })` and the like. */
  readonly config?: T
  /** Of the session that the queries run in. `--executors` goes before `executors`. */
  readonly session?: Omit<SessionOptions, 'signal'>
  readonly restart?: RestartOptions
  /** Takes log lines instead of standard output: a logger of `pino`, for instance. */
  readonly logger?: Logger
  /** Describes the queries, without starting them: the runner does, and starts each again when it has failed. */
  queries(session: Session, config: ConfigOf<T>, context: JobContext): Queries | Promise<Queries>
}

type Queries = StreamWriter | readonly StreamWriter[]

/** A job as `millrace run` takes it: the default export of a module. */
export interface Job<T extends SettingTable = SettingTable> extends JobDefinition<T> {
  readonly kind: 'Job'
  readonly config: T
}

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/
const settingPattern = /^[a-z][A-Za-z0-9]{0,63}$/

/**
 * Describes a job: its configuration and its queries.
 *
 *     export default defineJob({
 *       name: 'orders',
 *       config: { input: setting.text({ doc: 'Folder of the orders.' }) },
 *       queries: (session, { input }) =>
 *         session.readStream(files({ path: input, format: 'jsonl', schema: order }))
 *           .writeStream({ name: 'orders', sink: consoleSink(), checkpointLocation: 'checkpoints/orders' }),
 *     })
 *
 * @throws AnalysisError JOB_INVALID
 */
export function defineJob<const T extends SettingTable>(definition: JobDefinition<T>): Job<T> {
  const given: Partial<JobDefinition<T>> | null = definition
  if (typeof given !== 'object' || given === null) throw new TypeError('defineJob() takes an object such as { name, config, queries }.')
  if (typeof given.name !== 'string' || !namePattern.test(given.name)) throw invalidJob(`The name of a job is ${JSON.stringify(given.name)}, but it must be 1 to 128 of the characters A-Z a-z 0-9 . _ - that do not begin with a dot.`, 'Correct the name.')
  if (typeof given.queries !== 'function') throw invalidJob(`The job "${given.name}" has no queries.`, 'Give it queries: (session, config) => ….')
  const config = given.config ?? ({} as T)
  const variables = new Map<string, string>()
  for (const [key, entry] of Object.entries(config)) {
    if (!settingPattern.test(key)) throw invalidJob(`The setting "${key}" of job "${given.name}" must be named in letters and digits, beginning with a small letter.`, 'Rename it.')
    if (typeof (entry as Partial<typeof entry> | null)?.fromText !== 'function') throw invalidJob(`The setting "${key}" of job "${given.name}" was not made with setting.text({ doc }) or the like.`, 'Make it with one of these.')
    if (!entry.required && entry.defaultValue !== undefined && !entry.accepts(entry.defaultValue)) throw invalidJob(`The default of setting "${key}" of job "${given.name}" must be ${entry.expects}.`, 'Correct it.')
    for (const variable of [variableOf(key), ...(entry.secret ? [`${variableOf(key)}_FILE`] : [])]) {
      const other = variables.get(variable)
      if (other !== undefined) throw invalidJob(`The settings "${other}" and "${key}" of job "${given.name}" would both be read from ${variable}.`, 'Rename one of them.')
      if (variable.startsWith('MILLRACE_ADMIN_TOKEN')) throw invalidJob(`The setting "${key}" of job "${given.name}" would be read from ${variable}, which is the token of the admin server.`, 'Rename it.')
      variables.set(variable, key)
    }
  }
  checkRestart(given.name, given.restart ?? {})
  return Object.freeze({ ...definition, kind: 'Job' as const, config: Object.freeze(config) })
}

function checkRestart(name: string, { initialDelay, maxDelay, sameFailures }: RestartOptions): void {
  for (const [key, value] of Object.entries({ initialDelay, maxDelay })) {
    if (value === undefined) continue
    const interval = typeof value === 'string' ? parseInterval(value) : undefined
    if (interval?.months !== 0 || interval.micros < 0 || interval.micros > 86400e6) throw invalidJob(`restart.${key} of job "${name}" must be a length of time up to a day, such as "10 seconds".`, 'Correct it.')
  }
  if (sameFailures !== undefined && !(Number.isSafeInteger(sameFailures) && sameFailures >= 1)) throw invalidJob(`restart.sameFailures of job "${name}" must be a whole number from 1.`, 'Correct it.')
}
