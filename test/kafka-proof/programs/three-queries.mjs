// Three queries over one topic of payments, in one process: copied, scored, and summed by account and minute, each with
// its own checkpoint, its own topic and its own topic of dead letters. Goes on until it is told to stop, or with
// "available-now" until all that is there has been read. Errors are printed with their codes.
//
//   node three-queries.mjs BROKER PREFIX FOLDER EXECUTORS continuous|available-now
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { count, hour, json, kafka, loadModel, minute, schema, Session, sum, t, Trigger, window } from 'millrace'

const [, , broker, prefix, folder, executors, trigger] = process.argv
const model = await loadModel(fileURLToPath(new URL('../../../examples/kafka/models/fraud.json', import.meta.url)))
const payment = schema({ id: t.integer(), account: t.string(), amount: t.float64(), merchant: t.string(), at: t.timestamp() })
const connection = { brokers: [broker], connectionTimeout: '20 seconds' }

const payments = session =>
  session.readStream(kafka({ ...connection, topic: `${prefix}.in`, value: json(payment), startingOffsets: 'earliest', onBadRecord: 'deadLetter', maxOffsetsPerTrigger: 60, pollInterval: '50 milliseconds' }))

const results = {
  copied: session => payments(session).select('id', 'account', 'amount'),
  scored: session =>
    payments(session)
      .withColumn('hour', ({ at }) => hour(at))
      .withColumn('minute', ({ at }) => minute(at))
      .score(model, { output: { score: 'probability' } })
      .select('id', 'account', 'score'),
  summed: session =>
    payments(session)
      .withWatermark('at', '1 minute')
      .groupBy(window('at', '1 minute'), 'account')
      .agg(({ amount }) => ({ payments: count(), total: sum(amount) }))
      .select(({ account, window: w, payments: n, total }) => ({ account, start: w.start, payments: n, total })),
}
const columns = { copied: ['id', 'account', 'amount'], scored: ['id', 'account', 'score'], summed: ['account', 'start', 'payments', 'total'] }

const session = await Session.start({ executors: Number(executors) })
try {
  const queries = await Promise.all(
    Object.entries(results).map(([name, frame]) =>
      frame(session)
        .writeStream({
          name,
          sink: kafka({ ...connection, transactionalIdPrefix: prefix, topic: `${prefix}.${name}`, key: 'account', value: { format: 'json', columns: columns[name] } }),
          deadLetters: kafka({ ...connection, transactionalIdPrefix: prefix, topic: `${prefix}.${name}.dead` }),
          outputMode: 'append',
          trigger: trigger === 'available-now' ? Trigger.availableNow() : Trigger.default(),
          checkpointLocation: join(folder, name),
        })
        .start(),
    ),
  )
  console.log('started')
  for (const query of queries) query.progress.subscribe(p => console.log(`${p.name} batch ${p.batchId}`))
  await Promise.all(queries.map(query => query.awaitTermination()))
} catch (error) {
  for (let e = error; e !== undefined; e = e.cause) console.error(`${e.code ?? ''} ${e.message}`)
  process.exit(1)
}
await session.stop()
