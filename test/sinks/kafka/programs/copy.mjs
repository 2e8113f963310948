// Copies files of payments into Kafka, bad lines into a topic of dead letters, and ends when all are copied. With a moment
// it dies there, as a machine would: `before send 3` is before the third call of a transactional producer's send().
//
//   node copy.mjs BROKER INPUT TOPIC DEAD CHECKPOINT EXECUTORS [MOMENT]
import { files, kafka, schema, Session, t, Trigger } from 'millrace'
import { openKafka } from '../../../../dist/clients/kafka/open-kafka.js'
import { sinkConnector } from '../../../../dist/session/connector.js'
import { makeKafkaSinkProvider } from '../../../../dist/sinks/kafka/kafka-sink-provider.js'
import { addSinkProvider } from '../../../../dist/sinks/registry.js'

const [, , broker, input, topic, dead, checkpointLocation, executors, moment] = process.argv

const counts = new Map()
async function dying(name, act) {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  if (moment === `before ${name} ${count}`) process.kill(process.pid, 'SIGKILL')
  const result = await act()
  if (moment === `after ${name} ${count}`) process.kill(process.pid, 'SIGKILL')
  return result
}

async function openDying(connection, ports) {
  const port = await openKafka(connection, ports)
  const transactional = port.transactional.bind(port)
  port.transactional = (id, timeoutMs) =>
    dying('init', async () => {
      const producer = await transactional(id, timeoutMs)
      for (const name of ['send', 'commit']) {
        const act = producer[name].bind(producer)
        producer[name] = (...given) => dying(name, () => act(...given))
      }
      return producer
    })
  return port
}

addSinkProvider({ ...makeKafkaSinkProvider(openDying), name: 'dying-kafka' })
const to = options => (moment === undefined ? kafka(options) : sinkConnector('dying-kafka', options, () => {}))

const payment = schema({ id: t.integer(), account: t.string() })
const shared = { brokers: [broker], transactionalIdPrefix: topic, connectionTimeout: '20 seconds' }
const session = await Session.start({ executors: Number(executors) })
const query = await session
  .readStream(files({ path: input, format: 'jsonl', schema: payment, maxFilesPerTrigger: 1, onBadRecord: 'deadLetter' }))
  .writeStream({
    sink: to({ ...shared, topic, key: 'account', value: { format: 'json', columns: ['id', 'account'] } }),
    deadLetters: to({ ...shared, topic: dead }),
    checkpointLocation,
    trigger: Trigger.availableNow(),
  })
  .start()
await query.awaitTermination()
await session.stop()
