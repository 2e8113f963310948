// The program that swap.mjs kills: scores rows with whatever the aliases stand for, each row by its route, until there are enough batches.
import { files, ModelRegistry, rateMicroBatch, Session, Trigger } from 'millrace'

const [registryFolder, out, checkpoint, executors, batches] = process.argv.slice(2)
const registry = await ModelRegistry.open(registryFolder, { pollInterval: '20 milliseconds' })
const session = await Session.start({ executors: Number(executors) })
const query = await session
  .readStream(rateMicroBatch({ rowsPerBatch: 20, startTimestamp: 0 }))
  .score('m@champion', { registry, output: { version: 'prediction' }, digest: 'model', provenance: { version: 'registered', route: 'way' }, route: { by: 'value', weights: { champion: 0.7, challenger: 0.3 } } })
  .select('value', 'version', 'model', 'registered', 'way')
  .writeStream({ sink: files({ path: out, format: 'jsonl' }), checkpointLocation: checkpoint, trigger: Trigger.processingTime('5 ms'), minBatchesToRetain: 1_000_000 })
  .start()
query.progress.subscribe(p => {
  if (p.batchId + 1 >= Number(batches)) void query.stop()
})
await query.awaitTermination()
await session.stop()
