import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { files, Session, type StreamingQuery, Trigger } from 'millrace'
import { openRegistry, promoteChallenger } from './models.ts'
import { champion, scoredDepartures } from './query.ts'

const usage = `example:swap --output DIR --checkpoint DIR --registry DIR
    [--input DIR] [--executors N] [--swap-after BATCHES] [--pace MS]`

const flightsData = fileURLToPath(new URL('../../../examples/flights/data', import.meta.url))

/**
 * Scores departures, one file a batch, with the champion of a registry, and makes the challenger champion while it runs.
 * Goes on where it was when it is started again. Ends when everything is scored, or at a commit once the signal is aborted.
 */
export async function run(stopping: AbortSignal): Promise<void> {
  const options = readOptions()
  if (options === null) return
  const { input, output, checkpoint, registry: directory, executors, swapAfter, paceMs } = options
  const registry = await openRegistry(directory)
  if (stopping.aborted) return
  await using session = await Session.start({ executors })
  const query = await scoredDepartures(session, input, registry)
    .writeStream({
      name: 'scored-departures',
      sink: files({ path: output, format: 'jsonl' }),
      // A pace, so that there is a stream for the swap to come into.
      trigger: Trigger.processingTime(`${paceMs} milliseconds`),
      checkpointLocation: checkpoint,
      minBatchesToRetain: 100_000,
      signal: stopping,
    })
    .start()
  let promoting = Promise.resolve()
  query.progress.subscribe(p => {
    console.log(`batch ${p.batchId}: ${p.numInputRows} departures in ${p.batchDuration} ms by ${p.models[0].slice(0, 12)}, ${standing(query)}`)
    if (swapAfter > 0 && p.batchId + 1 >= swapAfter) {
      promoting = promoting.then(async () => {
        if (await promoteChallenger(registry)) console.log('The challenger is made champion.')
      })
    }
  })
  await Promise.race([query.processAllAvailable(), query.awaitTermination()])
  await promoting
  await query.stop()
  if (query.lastProgress === null && !stopping.aborted) console.log(`Nothing new: every flights-*.jsonl.gz in ${input} is in ${output} already, or there is none.`)
}

/** Which version the query has come to, and what it would not take. */
function standing(query: StreamingQuery): string {
  const status = query.models.status().find(s => s.reference === champion)
  const refused = status?.refused ?? null
  return `version ${status?.version ?? '?'}${refused === null ? '' : `; version ${refused.version} refused: ${refused.reason}`}`
}

interface SwapOptions {
  readonly input: string
  readonly output: string
  readonly checkpoint: string
  readonly registry: string
  readonly executors: number
  /** Batches by the old champion; 0: somebody else moves the alias. */
  readonly swapAfter: number
  readonly paceMs: number
}

/** null: only the usage was asked for. */
function readOptions(): SwapOptions | null {
  const { values } = parseArgs({
    options: {
      input: { type: 'string', default: flightsData },
      output: { type: 'string' },
      checkpoint: { type: 'string' },
      registry: { type: 'string' },
      executors: { type: 'string', default: '0' },
      'swap-after': { type: 'string', default: '5' },
      pace: { type: 'string', default: '250' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return null
  }
  const { input, output, checkpoint, registry } = values
  if (output === undefined || checkpoint === undefined || registry === undefined) throw new TypeError(`--output, --checkpoint and --registry are needed.\n${usage}`)
  return {
    input, output, checkpoint, registry,
    executors: wholeNumber('--executors', values.executors),
    swapAfter: wholeNumber('--swap-after', values['swap-after']),
    paceMs: wholeNumber('--pace', values.pace),
  }
}

/** Number() would take "" and "1e1" too. */
function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${name} is a whole number from 0, not "${text}".`)
  return Number(text)
}
