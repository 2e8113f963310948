import { parseArgs } from 'node:util'
import { runJob } from 'millrace'
import job from './job.ts'

const usage = `example:live-board --input DIR --checkpoint DIR [--admin HOST:PORT] [--retain ROWS] [--executors N]

With an address that others can reach, MILLRACE_ADMIN_TOKEN has the token that callers must send.`

/** Runs the job with the options of the command line, as `millrace run` does with its own. Ends at a commit once the signal is aborted. */
export async function run(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      admin: { type: 'string', default: '127.0.0.1:9464' },
      input: { type: 'string' },
      checkpoint: { type: 'string' },
      retain: { type: 'string', default: '10000' },
      executors: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const { input, checkpoint } = values
  if (input === undefined || checkpoint === undefined) throw new TypeError(`--input and --checkpoint are needed.\n${usage}`)
  for (const name of ['executors', 'retain'] as const) if (!/^\d+$/.test(values[name])) throw new TypeError(`--${name} is a whole number, not "${values[name]}".`)
  const token = process.env.MILLRACE_ADMIN_TOKEN
  const { exitCode } = await runJob(job, {
    config: { input, checkpoint, retain: Number(values.retain) },
    admin: values.admin,
    ...(token === undefined ? {} : { adminToken: token }),
    executors: Number(values.executors),
    signal: stopping,
  })
  process.exitCode = exitCode
}
