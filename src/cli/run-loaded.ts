import { type Duration, durationMs, parseInterval } from '../common/duration.ts'
import { isMillraceError, messageOf } from '../common/errors.ts'
import type { Logger, LogLevel } from '../common/log.ts'
import { escapeControls, logLines } from '../common/log-lines.ts'
import { nodePorts } from '../common/node/node-ports.ts'
import { type ConfigLayer, environmentLayer, fileLayer, flagLayer, misspelledVariables } from '../job/config-layers.ts'
import { exitCodes } from '../job/exit-codes.ts'
import type { Mask } from '../job/mask.ts'
import { runJob } from '../job/run-job.ts'
import { adminToken } from './admin-token.ts'
import type { CommandArguments } from './arguments.ts'
import { loadJob } from './load-job.ts'
import type { CommandOutput } from './output.ts'

/** The part of `millrace run` that has the engine loaded. Answers the exit code. */
export async function runLoaded({ values, switches, lists, words }: CommandArguments, stopping: AbortSignal, output: CommandOutput): Promise<number> {
  let log: Logger | undefined
  let mask: Mask = text => text
  // The job's own code may fail outside of what anybody waits for; Node's own words could have a secret in them.
  process.on('uncaughtException', error => {
    const text = `Code of the job failed where nothing waits for it: ${messageOf(error)}`
    if (log === undefined) output.err(escapeControls(text))
    else log.error({ code: 'UNCAUGHT', stack: error instanceof Error ? error.stack : undefined }, text)
    process.exit(exitCodes.failed)
  })
  try {
    const grace = values.grace === undefined ? undefined : graceOf(values.grace)
    if (grace === null) {
      output.err(`"--grace" is a length of time such as "25 seconds", not "${escapeControls(values.grace ?? '')}".`)
      return exitCodes.usage
    }
    // Read from the disk while the job is: whoever waits for it is told of a failure.
    if (values.admin !== undefined) import('../admin/serve-admin.ts').catch(() => undefined)
    const job = await unlessStopped(loadJob(words[0]), stopping)
    if (job === undefined) return exitCodes.done
    const layers: ConfigLayer[] = [
      ...(values.config === undefined ? [] : [await fileLayer(values.config, nodePorts.files)]),
      environmentLayer(job, process.env),
      flagLayer(lists.set),
    ]
    const token = await adminToken(process.env, nodePorts.files)
    const { exitCode } = await runJob(
      job,
      {
        ...(values.admin === undefined ? {} : { admin: values.admin }),
        ...(token === undefined ? {} : { adminToken: token }),
        control: switches.has('control') ? 'on' : 'off',
        ...(values.executors === undefined ? {} : { executors: Number(values.executors) }),
        until: switches.has('once') ? 'available' : 'forever',
        ...(grace === undefined ? {} : { grace }),
        signal: stopping,
        ...(job.logger === undefined ? { logger: standardLogger(switches.has('json'), (values['log-level'] ?? 'info') as LogLevel) } : {}),
      },
      {
        layers,
        environment: process.env,
        ports: nodePorts,
        onLogger: (masked, of) => {
          log = masked
          mask = of
          for (const text of misspelledVariables(job, process.env)) masked.warn({}, text)
        },
      },
    )
    return exitCode
  } catch (error) {
    const code = isMillraceError(error) ? error.code : undefined
    log?.error({ code }, messageOf(error))
    output.err(escapeControls(mask(`${code === undefined ? '' : `${code}: `}${messageOf(error)}`)))
    return isMillraceError(error) && error.name === 'AnalysisError' ? exitCodes.usage : exitCodes.failed
  }
}

/** undefined once the signal is aborted: while a module is loaded nothing runs yet that would have to end in order. */
function unlessStopped<T>(loading: Promise<T>, stopping: AbortSignal): Promise<T | undefined> {
  if (stopping.aborted) return Promise.resolve(undefined)
  return Promise.race([loading, new Promise<undefined>(resolve => stopping.addEventListener('abort', () => resolve(undefined), { once: true }))])
}

function standardLogger(json: boolean, level: LogLevel): Logger {
  return logLines({ format: json || !process.stdout.isTTY ? 'json' : 'readable', level, now: () => nodePorts.clock.now(), write: line => nodePorts.console.write(`${line}\n`) })
}

/** null for what is no length of time. */
function graceOf(text: string): Duration | null {
  const interval = parseInterval(text)
  return interval?.months === 0 && interval.micros >= 0 && durationMs(text as Duration, 'grace') <= 86_400_000 ? (text as Duration) : null
}
