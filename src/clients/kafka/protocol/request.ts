import type { TopicPartition } from '../port.ts'
import { ResponseReader } from './response-reader.ts'

/** One request and how its answer reads. */
export interface KafkaRequest<T> {
  readonly api: Api
  /** From the header's tagged fields on. */
  readonly body: Buffer
  /** How long the broker may wait by our own wish, beside the time that it may take to answer. */
  readonly waitMs?: number
  /** @throws MalformedAnswerError */
  decode(answer: Buffer): T
}

export interface Api {
  readonly name: string
  readonly key: number
  readonly version: number
}

/** What is spoken here. The newest of them came with Kafka 3.1, and Kafka 4 still takes all of them. */
export const apis = Object.freeze({
  produce: { name: 'Produce', key: 0, version: 9 },
  /** 13 asks by topic id, so that a topic made again is never taken for the old one. */
  fetch: { name: 'Fetch', key: 1, version: 13 },
  listOffsets: { name: 'ListOffsets', key: 2, version: 7 },
  metadata: { name: 'Metadata', key: 3, version: 12 },
  offsetCommit: { name: 'OffsetCommit', key: 8, version: 8 },
  findCoordinator: { name: 'FindCoordinator', key: 10, version: 3 },
  createTopics: { name: 'CreateTopics', key: 19, version: 7 },
  initProducerId: { name: 'InitProducerId', key: 22, version: 4 },
  addPartitionsToTxn: { name: 'AddPartitionsToTxn', key: 24, version: 3 },
  endTxn: { name: 'EndTxn', key: 26, version: 3 },
})

export function flexibleRequest<T>(api: Api, body: Buffer, read: (reader: ResponseReader) => T): KafkaRequest<T> {
  return { api, body, decode: answer => read(new ResponseReader(answer)) }
}

/** Groups by topic, as every request wants it, keeping order. */
export function byTopic<P extends { readonly topic: string }>(partitions: readonly P[]): [topic: string, partitions: P[]][] {
  const topics = new Map<string, P[]>()
  for (const partition of partitions) {
    const known = topics.get(partition.topic)
    if (known === undefined) topics.set(partition.topic, [partition])
    else known.push(partition)
  }
  return [...topics]
}

export interface PartitionError extends TopicPartition {
  /** 0 where all is well. */
  readonly errorCode: number
}

/** The other way round: topics with the error code of each of their partitions. */
export function partitionErrors(r: ResponseReader): PartitionError[] {
  return r.array(() => {
    const topic = r.string()
    const of = r.array((): PartitionError => {
      const result = { topic, partition: r.int32(), errorCode: r.int16() }
      r.end()
      return result
    })
    r.end()
    return of
  }).flat()
}
