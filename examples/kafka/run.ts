import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { kafka, loadModel, Session, Trigger } from 'millrace'
import { payments, scored, type Topics, windows } from './query.ts'

const usage = `example:kafka --brokers HOST:PORT[,…] --input TOPIC --output TOPIC --dead-letter TOPIC --checkpoint DIR
    --mode scored|windows [--executors N] [--max-offsets N] [--model PATH] [--trigger available-now|continuous]`

const modelPath = fileURLToPath(new URL('../../../examples/kafka/models/fraud.json', import.meta.url))

/**
 * Payments in, scored or summed by account and minute, out; records that are no payments go to the dead-letter topic, in the
 * same transaction as the results of their batch. Goes on where it was when it is started again on the same checkpoint.
 */
export async function run(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      input: { type: 'string' },
      output: { type: 'string' },
      'dead-letter': { type: 'string' },
      checkpoint: { type: 'string' },
      mode: { type: 'string' },
      executors: { type: 'string', default: '0' },
      'max-offsets': { type: 'string' },
      model: { type: 'string', default: modelPath },
      trigger: { type: 'string', default: 'continuous' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const { brokers, input, output, checkpoint, mode, trigger, 'dead-letter': deadLetter, 'max-offsets': maxOffsets } = values
  if (brokers === undefined || input === undefined || output === undefined || deadLetter === undefined || checkpoint === undefined) throw new TypeError(`--brokers, --input, --output, --dead-letter and --checkpoint are needed.\n${usage}`)
  if (mode !== 'scored' && mode !== 'windows') throw new TypeError(`--mode is scored or windows, not "${mode}".\n${usage}`)
  if (trigger !== 'available-now' && trigger !== 'continuous') throw new TypeError(`--trigger is available-now or continuous, not "${trigger}".`)
  for (const [name, value] of [['executors', values.executors], ['max-offsets', maxOffsets ?? '1']] as const) if (!/^\d+$/.test(value)) throw new TypeError(`--${name} is a whole number, not "${value}".`)
  const topics: Topics = { brokers: brokers.split(','), input, output, deadLetter }

  const model = await loadModel(values.model)
  if (stopping.aborted) return
  await using session = await Session.start({ executors: Number(values.executors) })
  const frame = payments(session, topics, maxOffsets === undefined ? undefined : Number(maxOffsets))
  const common = {
    name: `payments-${mode}`,
    outputMode: 'append',
    deadLetters: kafka({ brokers: topics.brokers, topic: deadLetter }),
    trigger: trigger === 'available-now' ? Trigger.availableNow() : Trigger.default(),
    checkpointLocation: checkpoint,
    signal: stopping,
  } as const
  const into = (columns: readonly string[]) => kafka({ brokers: topics.brokers, topic: output, key: 'account', value: { format: 'json', columns } })
  const writer =
    mode === 'scored'
      ? scored(frame, model).writeStream({ ...common, sink: into(['id', 'account', 'amount', 'at', 'score', 'model']) })
      : windows(frame).writeStream({ ...common, sink: into(['account', 'window_start', 'window_end', 'payments', 'total']) })
  const query = await writer.start()
  query.progress.subscribe(p => {
    console.log(`batch ${p.batchId}: ${p.numInputRows} payments in ${p.batchDuration} ms, ${p.sink.numOutputRows} records out`)
  })
  await query.awaitTermination()
}
