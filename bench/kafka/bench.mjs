import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { contest, contestant, program, table } from '../lib/contest.mjs'
import { ysbData } from '../ysb/events.mjs'
import { fillTopic, jarsOf, startBroker } from './topic.mjs'

const produceMessages = 300_000

/**
 * One topic of four partitions with the events of the Yahoo benchmark, on a broker of its own. First everything is drained
 * (records walked, nothing decoded), then the benchmark's question is answered. CPU is that of the client's process.
 */
export default async function kafkaBench({ events = 1_000_000, rounds = 3, profile }) {
  const { folder, bytes, expected } = ysbData(events)
  const broker = startBroker()
  try {
    const messages = await fillTopic(broker.bootstrap, 'events', join(folder, 'events'))
    console.log(`${messages} messages, ${(bytes / 1e6).toFixed(0)} MB in 4 partitions; best of ${rounds}`)
    const script = name => join(import.meta.dirname, name)
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const common = [broker.bootstrap, 'events', messages]
    const drained = await contest(
      [
        { name: 'kafkajs eachBatch', run: () => contestant(script('drain-kafkajs.mjs'), common) },
        { name: 'millrace client port', run: () => contestant(script('drain-port.mjs'), common, flags) },
        ...others(script, common),
      ],
      { rounds, expected: `${messages} ${bytes - messages}` },
    )
    console.log('\nDrained, nothing decoded')
    table(drained, { events: messages, unit: 'messages', reference: 'kafkajs eachBatch' })
    perMessage(drained, messages)
    const answered = await contest(
      [
        { name: 'hand-written over kafkajs', run: () => contestant(script('hand-written.mjs'), [...common, folder]) },
        { name: 'millrace, inline', run: () => contestant(script('millrace.mjs'), [broker.bootstrap, 'events', folder, 0], flags) },
        { name: 'millrace, 2 workers', run: () => contestant(script('millrace.mjs'), [broker.bootstrap, 'events', folder, 2]) },
      ],
      { rounds, expected },
    )
    console.log('\nDrained, decoded and counted in windows')
    table(answered, { events: messages, unit: 'messages', reference: 'hand-written over kafkajs' })
    perMessage(answered, messages)
    const produced = await contest(
      [
        { name: 'kafkajs', run: () => contestant(script('produce-kafkajs.mjs'), [broker.bootstrap, 'kafkajs', produceMessages]) },
        { name: 'millrace client port', run: () => contestant(script('produce-port.mjs'), [broker.bootstrap, 'port', produceMessages]) },
      ],
      { rounds, expected: `${produceMessages}` },
    )
    console.log('\nProduced in transactions of 10,000 messages of 200 bytes')
    table(produced, { events: produceMessages, unit: 'messages', reference: 'kafkajs' })
    perMessage(produced, produceMessages)
  } finally {
    broker.stop()
  }
}

/** Clients that need something beside Node: a Java compiler, and a Python (of MILLRACE_PYTHON) that has confluent_kafka. */
function others(script, common) {
  const python = process.env.MILLRACE_PYTHON
  const librdkafka = python !== undefined && spawnSync(python, ['-c', 'import confluent_kafka']).status === 0
  const java = spawnSync('javac', ['-version']).status === 0
  if (!librdkafka) console.log('without librdkafka: set MILLRACE_PYTHON to a Python with confluent_kafka')
  if (!java) console.log('without the Java client: there is no javac')
  return [
    ...(librdkafka ? [{ name: 'librdkafka (Python)', run: () => program(python, [script('drain-librdkafka.py'), ...common]) }] : []),
    ...(java ? [{ name: 'Java client', run: () => program('java', ['-cp', jarsOf(), script('Drain.java'), ...common]) }] : []),
  ]
}

function perMessage(best, messages) {
  for (const [name, { cpuSeconds, wrong }] of best) if (!wrong) console.log(`${name.padEnd(30)} ${((cpuSeconds * 1e6) / messages).toFixed(2)} µs of CPU a message`)
}
