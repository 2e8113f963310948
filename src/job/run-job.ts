import type { Console } from '../common/console.ts'
import { type Duration, durationMs } from '../common/duration.ts'
import { isMillraceError, messageOf } from '../common/errors.ts'
import type { Logger } from '../common/log.ts'
import { logLines } from '../common/log-lines.ts'
import { nodePorts } from '../common/node/node-ports.ts'
import type { Ports } from '../common/ports.ts'
import { Trigger } from '../microbatch/trigger.ts'
import { Session } from '../session/session.ts'
import type { StreamWriter } from '../session/stream-writer.ts'
import { type ConfigLayer, programLayer } from './config-layers.ts'
import type { Job } from './define-job.ts'
import { invalidJob } from './errors.ts'
import { exitCodes, exitCodeOf } from './exit-codes.ts'
import { JobQueries } from './job-queries.ts'
import { type Mask, maskingLogger, maskOf } from './mask.ts'
import { QuerySupervisor } from './query-supervisor.ts'
import { type ResolvedConfig, resolveConfig } from './resolve-config.ts'

export interface RunJobOptions {
  /** Values of the job's settings, by name; secrets as references: `{ env: 'NAME' }` or `{ file: 'PATH' }`. */
  readonly config?: { readonly [name: string]: unknown }
  /** `HOST:PORT` of the admin server. @default none */
  readonly admin?: string
  /** What callers of the admin server must send; needed for an address that others can reach, and for `control`. */
  readonly adminToken?: string
  /** `'on'`: the admin server can stop and restart queries, for callers with the token. @default 'off' */
  readonly control?: 'on' | 'off'
  /** Worker threads. @default what the job says, else 0 */
  readonly executors?: number
  /** `'available'`: every query reads what is there and ends. @default 'forever' */
  readonly until?: 'forever' | 'available'
  /** How long the queries have to end after the signal. @default '25 seconds' */
  readonly grace?: Duration
  /** Aborting it ends the job in order: each query at its next commit. */
  readonly signal?: AbortSignal
  /** Goes before the job's own. @default JSON lines on standard output */
  readonly logger?: Logger
}

/** Of the command line: settings from several places, and the world. */
export interface RunJobWorld {
  readonly layers?: readonly ConfigLayer[]
  readonly environment?: { readonly [name: string]: string | undefined }
  readonly ports?: Ports
  /** Told once the log is there, in which secrets are masked, and the mask: for what happens outside of the queries. */
  onLogger?(logger: Logger, mask: Mask): void
}

/** How a job ended. */
export interface JobResult {
  /** As `millrace run` ends with it: docs/running.md has the list. */
  readonly exitCode: number
  /** Queries that stay down, with the reason. */
  readonly down: readonly { readonly name: string; readonly reason: string }[]
}

/**
 * Runs a job until its queries have ended, none can go on, or the signal is aborted.
 * @throws AnalysisError JOB_UNKNOWN_SETTING, JOB_INVALID_SETTING, JOB_SECRET_EXPOSED, ADMIN_TOKEN_REQUIRED
 */
export async function runJob(job: Job, options: RunJobOptions = {}, world: RunJobWorld = {}): Promise<JobResult> {
  const ports = world.ports ?? nodePorts
  const config = await resolveConfig(job, [...(world.layers ?? []), programLayer(options.config ?? {})], world.environment ?? process.env, ports.files)
  const mask = maskOf(config.secrets)
  const logger = maskingLogger(mask, options.logger ?? job.logger ?? standardLog(ports))
  world.onLogger?.(logger, mask)
  const graceMs = durationMs(options.grace ?? '25 seconds', 'grace')
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])])
  logger.info({ job: job.name, config: config.shown, from: config.origins }, 'The job starts.')

  const over = new AbortController()
  const life = new JobLife(job, options, { ports: { ...ports, console: loggingConsole(ports.console, logger) }, config, mask, logger, signal, stop: () => stop.abort() })
  const run = life.run().finally(() => over.abort())
  const late = outOfGrace(signal, graceMs, over.signal, ports)
  const result = await Promise.race([run, late])
  if (result !== 'late') return result
  // Its end comes with the end of the process.
  run.catch(() => undefined)
  logger.error({ job: job.name }, `The queries did not end within ${graceMs / 1000} seconds and are left where they are; the next start runs the batch again.`)
  return { exitCode: exitCodes.graceOver, down: [] }
}

interface LifeParts {
  readonly ports: Ports
  readonly config: ResolvedConfig
  readonly mask: Mask
  readonly logger: Logger
  readonly signal: AbortSignal
  stop(): void
}

/** One run of a job: session, admin server, queries. */
class JobLife {
  readonly #job: Job
  readonly #options: RunJobOptions
  readonly #parts: LifeParts
  readonly #queries = new JobQueries()

  constructor(job: Job, options: RunJobOptions, parts: LifeParts) {
    this.#job = job
    this.#options = options
    this.#parts = parts
  }

  async run(): Promise<JobResult> {
    const { logger, signal, ports } = this.#parts
    const { executors } = this.#options
    await using session = await Session.start({ ...this.#job.session, ...(executors === undefined ? {} : { executors }) }, { ports })
    await using _admin = await this.#serve(session)
    const supervisors = await this.#describe(session)
    if (supervisors === undefined) return { exitCode: signal.aborted ? exitCodes.done : exitCodes.failed, down: [] }
    if (!signal.aborted) {
      const stopAll = (): void => this.#queries.stopAll()
      signal.addEventListener('abort', stopAll, { once: true })
      await this.#queries.run(supervisors)
      signal.removeEventListener('abort', stopAll)
    }
    const exitCode = exitCodeOf(supervisors.map(s => s.standing))
    logger[exitCode === exitCodes.done ? 'info' : 'error']({ job: this.#job.name, exitCode }, 'The job has ended.')
    return { exitCode, down: supervisors.flatMap(({ name, standing }) => (standing.kind === 'down' ? [{ name, reason: standing.reason }] : [])) }
  }

  async #serve(session: Session): Promise<AsyncDisposable | null> {
    const { admin, adminToken, control } = this.#options
    if (admin === undefined) return null
    const { config, mask, logger, stop } = this.#parts
    const { serveAdmin } = await import('../admin/serve-admin.ts')
    const server = await serveAdmin(session, {
      address: admin,
      ...(adminToken === undefined ? {} : { token: adminToken }),
      configuration: config.shown,
      notReady: () => this.#queries.notReady(),
      ...(config.secrets.length === 0 ? {} : { mask }),
      ...(control === 'on' ? { control: { stop, stopQuery: name => this.#queries.stop(name), restartQuery: name => this.#queries.restart(name) } } : {}),
    })
    logger.info({ job: this.#job.name, url: server.url }, `The admin server listens on ${server.url}/.`)
    return server
  }

  /** undefined when the job's own code failed; that was logged. */
  async #describe(session: Session): Promise<readonly QuerySupervisor[] | undefined> {
    const { config, logger, ports } = this.#parts
    const { name: jobName, restart = {} } = this.#job
    let writers: readonly StreamWriter[]
    try {
      writers = writersOf(this.#job.name, await this.#job.queries(session, config.values as never, { logger }))
    } catch (error) {
      logger.error({ job: jobName, ...(isMillraceError(error) ? { code: error.code } : {}), stack: isMillraceError(error) ? undefined : (error as Error | undefined)?.stack }, messageOf(error))
      return undefined
    }
    return writers.map((writer, i) => new QuerySupervisor({
      name: writer.name ?? (writers.length === 1 ? jobName : `${jobName}-${i + 1}`),
      writer: this.#options.until === 'available' ? writer.withTrigger(Trigger.availableNow()) : writer,
      clock: ports.clock,
      random: ports.random,
      logger,
      backOff: { initialMs: durationMs(restart.initialDelay ?? '1 second', 'restart.initialDelay'), maxMs: durationMs(restart.maxDelay ?? '1 minute', 'restart.maxDelay') },
      sameFailures: restart.sameFailures ?? 5,
      // Queries share the workers: the batch that was lost with one may be of another query than the one that killed it.
      lostWorkers: writers.length === 1 ? 2 : (restart.sameFailures ?? 5),
    }))
  }
}

function writersOf(job: string, given: unknown): readonly StreamWriter[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isWriter = (w: unknown): w is StreamWriter => (w as { readonly kind?: unknown } | null | undefined)?.kind === 'StreamWriter'
  if (list.length === 0) throw invalidJob(`The job "${job}" described no query.`, 'Let queries() answer what writeStream() answers, or a list of them.')
  if (!list.every(isWriter)) throw invalidJob(`What queries() of job "${job}" answered is no described query.`, 'Answer what writeStream({ … }) answers, or a list of them, and do not call start(): the runner does.')
  return list
}

async function outOfGrace(signal: AbortSignal, graceMs: number, over: AbortSignal, { clock }: Ports): Promise<'late'> {
  if (!signal.aborted) await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  await clock.sleep(graceMs, over)
  // Whoever ended in time was faster.
  if (over.aborted) await new Promise<never>(() => {})
  return 'late'
}

function standardLog({ clock, console }: Ports): Logger {
  return logLines({ format: 'json', level: 'info', now: () => clock.now(), write: line => console.write(`${line}\n`) })
}

/** Warnings of the engine become log lines; failures are all told to the runner. */
function loggingConsole(console: Console, logger: Logger): Console {
  return { write: text => console.write(text), warn: text => logger.warn({}, text) }
}

