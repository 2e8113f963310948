import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { live, loadModel, Session } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { lateness } from '../flights/query.ts'

const usage = `example:live-board --input DIR --checkpoint DIR [--admin HOST:PORT] [--retain ROWS] [--executors N]

With an address that others can reach, MILLRACE_ADMIN_TOKEN has the token that callers must send.`

const modelPath = fileURLToPath(new URL('../../../examples/flights/models/xgb-delay30.json', import.meta.url))

/**
 * Departures expected late, by hour and airport, on a live table: the flights query over files as they appear, read by web
 * pages at /streams/board and /streams/board/events. Ends at a commit once the signal is aborted.
 */
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

  await using session = await Session.start({ executors: Number(values.executors) })
  await using admin = await serveAdmin(session, { address: values.admin, ...(token === undefined ? {} : { token }) })
  console.log(`Serving ${admin.url}/`)
  const model = await loadModel(modelPath)
  if (stopping.aborted) return
  const query = await lateness(session, input, model, '2 days')
    .writeStream({
      name: 'lateness-live',
      sink: live({ name: 'board', key: ['window_start', 'origin'], retain: Number(values.retain) }),
      outputMode: 'update',
      checkpointLocation: checkpoint,
      signal: stopping,
    })
    .start()
  await query.awaitTermination()
}
