import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { files, isMillraceError, loadModel, Session, Trigger } from 'millrace'
import { lateness } from './query.ts'

const usage = `example:flights --input DIR --output DIR --checkpoint DIR
    [--executors N] [--trigger available-now|continuous] [--format jsonl|parquet] [--model PATH]`

const modelPath = fileURLToPath(new URL('../../../examples/flights/models/xgb-delay30.json', import.meta.url))

/**
 * Runs the flights query on a folder with flights-*.jsonl.gz and weather.jsonl, one file a batch, and goes on where it
 * was when it is started again on the same checkpoint. Ends early, at a commit, once the signal is aborted.
 */
export async function run(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      input: { type: 'string' },
      output: { type: 'string' },
      checkpoint: { type: 'string' },
      executors: { type: 'string', default: '0' },
      trigger: { type: 'string', default: 'available-now' },
      format: { type: 'string', default: 'jsonl' },
      model: { type: 'string', default: modelPath },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const { input, output, checkpoint, format, trigger } = values
  if (input === undefined || output === undefined || checkpoint === undefined) throw new TypeError(`--input, --output and --checkpoint are needed.\n${usage}`)
  if (format !== 'jsonl' && format !== 'parquet') throw new TypeError(`--format is jsonl or parquet, not "${format}".`)
  if (trigger !== 'available-now' && trigger !== 'continuous') throw new TypeError(`--trigger is available-now or continuous, not "${trigger}".`)
  // Number() would take "" and "1e1" too.
  if (!/^\d+$/.test(values.executors)) throw new TypeError(`--executors is a whole number from 0, not "${values.executors}".`)
  const executors = Number(values.executors)

  const model = await loadModel(values.model)
  if (stopping.aborted) return
  await using session = await Session.start({ executors })
  const query = await lateness(session, input, model)
    .writeStream({
      name: 'lateness-by-origin',
      sink: files({ path: output, format }),
      outputMode: 'append',
      trigger: trigger === 'available-now' ? Trigger.availableNow() : Trigger.default(),
      checkpointLocation: checkpoint,
      signal: stopping,
    })
    .start()
  query.progress.subscribe(p => {
    console.log(`batch ${p.batchId}: ${p.numInputRows} flights in ${p.batchDuration} ms, watermark ${p.eventTime.watermark ?? '-'}, ${p.sink.numOutputRows} rows out`)
  })
  await query.awaitTermination()
  if (query.lastProgress === null && !stopping.aborted) console.log(`Nothing new: every flights-*.jsonl.gz in ${input} is in ${output} already, or there is none.`)
}

/** The code of an error where it has one, and what it says. */
export function describe(error: unknown): string {
  const code = isMillraceError(error) ? `${error.code}: ` : ''
  return `${code}${error instanceof Error ? error.message : String(error)}`
}
