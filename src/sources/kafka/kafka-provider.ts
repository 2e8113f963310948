import { openKafka } from '../../clients/kafka/open-kafka.ts'
import { kafkaConnection } from '../../clients/kafka/options.ts'
import type { SourceProvider } from '../source.ts'
import { KafkaReader } from './kafka-reader.ts'
import { KafkaSource } from './kafka-source.ts'
import { resolveKafkaSourceOptions } from './options.ts'
import { checkRecordFormat } from './record-format.ts'
import { checkSubjects } from './registry/check-subjects.ts'

/** Topics of a Kafka cluster. */
export const kafkaSourceProvider: SourceProvider = Object.freeze({
  name: 'kafka',
  async open(given, schema, { ports, directory }) {
    const options = resolveKafkaSourceOptions(given)
    for (const part of [options.value, options.key]) if (part !== undefined) checkRecordFormat(part, schema)
    await checkSubjects(options, schema, ports)
    const port = await openKafka(kafkaConnection(options), ports)
    try {
      return new KafkaSource(options, port, ports.clock, directory === undefined)
    } catch (error) {
      await port.close()
      throw error
    }
  },
  reader: async (given, schema) => new KafkaReader(resolveKafkaSourceOptions(given), schema),
} satisfies SourceProvider)
