import { isMillraceError, messageOf } from '../common/errors.ts'
import { escapeControls } from '../common/log-lines.ts'
import type { CommandOutput } from './output.ts'

const usage = `millrace <command>

  millrace run JOB.js                       runs the queries of a job and keeps them running
  millrace status URL                       how the queries of a running job are
  millrace progress URL                     their last batches
  millrace stop URL                         ends a running job, or one of its queries, in order
  millrace checkpoint show DIR [--json]     batches, ranges, watermarks, models and segments of a checkpoint
  millrace checkpoint verify DIR [--json]   checks every digest of a checkpoint
  millrace score --model PATH --input FILE  scores each line of a file with a model
  millrace model inspect PATH               format, inputs and outputs of a model
  millrace model verify PATH …              compares a model's scores with its library's own
  millrace doctor                           which model formats can be scored, and what to install for the rest

  --help                                    this text; also after a command
`

/** Exit codes: 0 done, 1 the command found something wrong or failed, 2 it was called wrongly; `run` has more. */
async function main(args: readonly string[], output: CommandOutput): Promise<number> {
  const [command, ...rest] = args
  if (command === undefined || command === '--help' || command === 'help') {
    output.out(usage)
    return command === undefined ? 2 : 0
  }
  // Each command is loaded when it is called: help and mistakes are told at once.
  if (command === 'run') return (await import('./run-command.ts')).runCommand(rest, output)
  if (command === 'status') return (await import('./status-command.ts')).statusCommand(rest, output)
  if (command === 'progress') return (await import('./progress-command.ts')).progressCommand(rest, output)
  if (command === 'stop') return (await import('./stop-command.ts')).stopCommand(rest, output)
  const help = rest.includes('--help') ? (await import('./usage-texts.ts')).usages.get(command) : undefined
  if (help !== undefined) {
    output.out(help)
    return 0
  }
  const { nodePorts } = await import('../common/node/node-ports.ts')
  if (command === 'checkpoint') return (await import('./checkpoint-command.ts')).checkpointCommand(rest, output, nodePorts)
  if (command === 'score') return (await import('./score-command.ts')).scoreCommand(rest, output, nodePorts)
  if (command === 'model') return (await import('./model-command.ts')).modelCommand(rest, output, nodePorts)
  if (command === 'doctor') return (await import('./doctor-command.ts')).doctorCommand(rest, output, nodePorts)
  output.err(`There is no command "${command}".\n\n${usage}`)
  return 2
}

const output: CommandOutput = {
  out: text => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
  err: text => process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
}

main(process.argv.slice(2), output).then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    const code = isMillraceError(error) ? `${error.code}: ` : ''
    output.err(escapeControls(`${code}${messageOf(error)}`))
    process.exitCode = 1
  },
)
