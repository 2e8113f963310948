import { type CommandArguments, type CommandShape, readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'
import { listenForSignals } from './run-signals.ts'

const usage = `millrace run JOB.js [--config FILE] [--set NAME=VALUE]… [--admin HOST:PORT] [--control] [--executors N] [--once]
             [--grace DURATION] [--log-level debug|info|warn|error] [--json]

  --config FILE       settings of the job, as one JSON object
  --set NAME=VALUE    one setting; goes before the environment (MILLRACE_<NAME>), which goes before the file
  --admin HOST:PORT   probes, metrics, live tables and the dashboard; another host than 127.0.0.1 needs MILLRACE_ADMIN_TOKEN
  --control           the admin server may stop and restart queries; needs MILLRACE_ADMIN_TOKEN
  --executors N       worker threads
  --once              each query reads what is there, and ends
  --grace DURATION    what the queries have to end after SIGTERM or SIGINT (25 seconds); a second signal ends at once
  --log-level LEVEL   from which level on lines are written (info)
  --json              JSON log lines on a terminal too; with --help the settings as JSON
  --help              this text, and after a job its settings

Exit codes: 0 ended or stopped in order, 1 a query failed for good and none goes on, 2 called or configured wrongly,
3 another process runs the query, 4 the grace time was over, 128 + n ended by a second signal.
`

const shape: CommandShape = {
  usage,
  values: ['config', 'admin', 'executors', 'grace', 'log-level'],
  lists: ['set'],
  switches: ['control', 'once', 'json'],
  words: { min: 1, max: 1, what: 'The job (a module whose default export defineJob() made)' },
}

/** `millrace run JOB.js`: see docs/running.md. */
export async function runCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const wantsHelp = args.includes('--help')
  const asked = wantsHelp ? args.filter(a => a !== '--help') : args
  if (wantsHelp && asked.every(a => a.startsWith('-'))) {
    output.out(usage)
    return 0
  }
  const given = readArguments(asked, shape, output)
  if (typeof given === 'number') return given
  const mistake = mistakeIn(given)
  if (mistake !== undefined) {
    output.err(`${mistake}\n\n${usage}`)
    return 2
  }
  if (wantsHelp) return (await import('./run-help.ts')).jobHelp(given.words[0], usage, given.switches.has('json'), output)
  // Before anything is loaded: a signal that comes in the middle of the start also ends the job in order.
  const stopping = listenForSignals()
  const code = await (await import('./run-loaded.ts')).runLoaded(given, stopping, output)
  // Whatever the job's own code has left open must not hold the process.
  await new Promise<void>(resolve => process.stdout.write('', () => resolve()))
  process.exit(code)
}

/** What can be said before the job is loaded. */
function mistakeIn({ values, switches, lists }: CommandArguments): string | undefined {
  const { executors, admin } = values
  const level = values['log-level']
  if (executors !== undefined && !(/^\d{1,3}$/.test(executors) && Number(executors) <= 256)) return `"--executors" is a whole number from 0 up to 256, not "${executors}".`
  if (level !== undefined && !['debug', 'info', 'warn', 'error'].includes(level)) return `"--log-level" is debug, info, warn or error, not "${level}".`
  if (switches.has('control') && admin === undefined) return '"--control" is for the admin server: give "--admin" too.'
  for (const pair of lists.set) if (!/^[^=]+=/.test(pair)) return '"--set" takes NAME=VALUE.'
  return undefined
}
