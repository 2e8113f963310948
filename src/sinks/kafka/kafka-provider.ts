import { openKafka } from '../../clients/kafka/open-kafka.ts'
import type { SinkProvider } from '../sink.ts'
import { makeKafkaSinkProvider } from './kafka-sink-provider.ts'

export const kafkaSinkProvider: SinkProvider = makeKafkaSinkProvider(openKafka)
