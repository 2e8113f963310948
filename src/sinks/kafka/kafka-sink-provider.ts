import { type Duration, durationMs } from '../../common/duration.ts'
import { canonicalJson, type Json } from '../../common/json.ts'
import { outputModes } from '../../common/output-mode.ts'
import type { Ports } from '../../common/ports.ts'
import { loadCompressor } from '../../clients/kafka/compression/compressors.ts'
import { kafkaConnection } from '../../clients/kafka/options.ts'
import type { KafkaConnection, KafkaPort } from '../../clients/kafka/port.ts'
import type { RecordEncoderOptions } from '../../clients/kafka/records/record-encoder.ts'
import type { Sink, SinkEnvironment, SinkProvider } from '../sink.ts'
import { unknownTopic } from '../../clients/kafka/errors.ts'
import { KafkaSink } from './kafka-sink.ts'
import { KafkaWriter } from './kafka-writer.ts'
import { type ResolvedKafkaSinkOptions, resolveKafkaSinkOptions } from './options.ts'
import { PartitionCounts } from './partition-counts.ts'
import { ProduceSink } from './produce-sink.ts'
import { recordMapping } from './record-mapping.ts'

export type OpenKafka = (connection: KafkaConnection, ports: Ports) => Promise<KafkaPort>

/**
 * Writes records into Kafka. A record cannot be changed, but a later one of the same key takes its place for most readers,
 * so that all output modes make sense. `openKafka`: how a cluster is reached.
 */
export function makeKafkaSinkProvider(openKafka: OpenKafka): SinkProvider {
  const counts = new PartitionCounts()
  return Object.freeze({
    name: 'kafka',
    modes: outputModes,
    kind: 'sink',
    shared(given) {
      const options = resolveKafkaSinkOptions(given)
      if (options.delivery === 'at-least-once') return undefined
      const connection = kafkaConnection(options)
      return canonicalJson({ connection: { ...connection, brokers: [...connection.brokers].sort() } as unknown as Json, prefix: options.transactionalIdPrefix })
    },
    async open(given, environment) {
      const all = [{ options: given, schema: environment.schema }, ...(environment.others ?? [])].map(({ options, schema }) => ({ options: resolveKafkaSinkOptions(options), schema }))
      const mappings = all.map(({ options, schema }) => recordMapping(schema, options))
      const topics = [...new Set(mappings.flatMap(({ topic }) => ('name' in topic ? [topic.name] : [])))]
      const port = await openKafka(kafkaConnection(all[0].options), environment.ports)
      try {
        await requireTopics(port, topics)
        return await openSink(port, all.map(({ options }) => options), topics, environment)
      } catch (error) {
        // What failed first is what counts.
        await port.close().catch(() => undefined)
        throw error
      }
    },
    async writer(given, schema, environment) {
      const options = resolveKafkaSinkOptions(given)
      const connection = kafkaConnection(options)
      const { ports } = environment
      const cluster = { key: canonicalJson(connection as unknown as Json), clock: ports.clock, open: () => openKafka(connection, ports) }
      return new KafkaWriter(recordMapping(schema, options), await encoding(options), environment, topic => counts.of(topic, cluster))
    },
  } satisfies SinkProvider)
}

async function requireTopics(port: KafkaPort, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return
  const found = new Set((await port.topics(topics)).map(t => t.topic))
  const missing = topics.find(t => !found.has(t))
  if (missing !== undefined) throw unknownTopic(missing)
}

/** One sink for all that share it: the longest timeout and the smallest requests that any of them asks for. */
async function openSink(port: KafkaPort, all: readonly ResolvedKafkaSinkOptions[], topics: readonly string[], environment: SinkEnvironment): Promise<Sink> {
  const description = `kafka[${topics.length === 0 ? '*' : topics.join(', ')}]`
  const maxRequestBytes = Math.min(...all.map(o => o.maxRequestBytes))
  const [{ delivery, transactionalIdPrefix }] = all
  if (delivery === 'at-least-once') return new ProduceSink(port, { description, maxRequestBytes })
  return KafkaSink.open(port, environment.ports, {
    description,
    queryId: environment.queryId,
    name: environment.name,
    transactionalIdPrefix,
    transactionTimeoutMs: Math.max(...all.map(o => durationMs(o.transactionTimeout as Duration, 'transactionTimeout'))),
    maxRequestBytes,
  })
}

async function encoding({ compression, maxRecordBatchBytes }: ResolvedKafkaSinkOptions): Promise<RecordEncoderOptions> {
  const compress = await loadCompressor(compression)
  return compress === undefined ? { maxBatchBytes: maxRecordBatchBytes } : { maxBatchBytes: maxRecordBatchBytes, compression: { codec: compression, compress } }
}
