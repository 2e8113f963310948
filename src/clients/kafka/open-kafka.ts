import { nodePorts } from '../../common/node/node-ports.ts'
import type { Ports } from '../../common/ports.ts'
import { Cluster } from './cluster/cluster.ts'
import { TopicDirectory } from './cluster/topic-directory.ts'
import { Credentials } from './connection/credentials.ts'
import { commitGroupOffsets } from './operations/commit-group-offsets.ts'
import { createTopic } from './operations/create-topic.ts'
import { describeTopics } from './operations/describe-topics.ts'
import { fetchRecords } from './operations/fetch-records.ts'
import { listOffsets } from './operations/list-offsets.ts'
import type { BatchProducer, FetchedPartition, FetchOptions, FetchPartition, KafkaConnection, KafkaPort, NewTopic, OffsetQuery, PartitionOffset, TopicDescription, TopicPartition, TransactionalProducer } from './port.ts'
import { IdempotentProducer } from './producer/idempotent-producer.ts'
import { ProducerSession } from './producer/producer-session.ts'
import { KafkaTransactionalProducer } from './producer/transactional-producer.ts'

/**
 * A client of the cluster: our requests and answers over kafkajs' connections. It has spoken to a broker when this returns.
 * @throws QueryError KAFKA_UNAVAILABLE after the connection timeout, KAFKA_AUTHENTICATION_FAILED, KAFKA_CREDENTIALS_MISSING,
 * KAFKA_PROTOCOL for a broker before 3.1; AnalysisError KAFKA_INSECURE_PASSWORD
 */
export async function openKafka(connection: KafkaConnection, ports: Ports = nodePorts): Promise<KafkaPort> {
  const cluster = new Cluster({ connection, ports, credentials: new Credentials(connection, ports) })
  try {
    await cluster.retried('the first request', () => cluster.metadata([]))
  } catch (error) {
    await cluster.close()
    throw error
  }
  return new KafkaClient(cluster)
}

class KafkaClient implements KafkaPort {
  readonly #cluster: Cluster
  readonly #directory: TopicDirectory

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#directory = new TopicDirectory(cluster)
  }

  topics(names?: readonly string[]): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#cluster, this.#directory, names)
  }

  offsets(partitions: readonly TopicPartition[], at: OffsetQuery): Promise<readonly PartitionOffset[]> {
    return listOffsets(this.#cluster, this.#directory, partitions, at)
  }

  fetchRecords(partitions: readonly FetchPartition[], options: FetchOptions, signal?: AbortSignal): Promise<readonly FetchedPartition[]> {
    return fetchRecords(this.#cluster, this.#directory, partitions, options, signal)
  }

  async transactional(transactionalId: string, timeoutMs: number): Promise<TransactionalProducer> {
    const session = new ProducerSession(this.#cluster, this.#directory, transactionalId, timeoutMs)
    await session.ensureSound()
    return new KafkaTransactionalProducer(session, transactionalId)
  }

  async idempotent(): Promise<BatchProducer> {
    const session = new ProducerSession(this.#cluster, this.#directory, null, this.#cluster.requestTimeoutMs)
    await session.ensureSound()
    return new IdempotentProducer(session)
  }

  commitGroupOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): Promise<void> {
    return commitGroupOffsets(this.#cluster, groupId, offsets)
  }

  createTopic(topic: NewTopic): Promise<boolean> {
    return createTopic(this.#cluster, this.#directory, topic)
  }

  close(): Promise<void> {
    return this.#cluster.close()
  }
}
