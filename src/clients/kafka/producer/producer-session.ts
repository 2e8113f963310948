import { partitionKey } from '../cluster/by-leader.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import { PassingFailure } from '../connection/failure.ts'
import { outcomeUnknown, producerFenced } from '../errors.ts'
import type { ProduceBatch } from '../port.ts'
import { coordinatorMoved, errorName, isFenced } from '../protocol/error-names.ts'
import { initProducerIdRequest, noIdentity, type ProducerIdentity } from '../protocol/transactions.ts'
import { stampBatches } from '../records/stamp-batches.ts'
import { type PartitionQueue, produceBatches } from './produce-batches.ts'
import { splitBatches } from './split-batches.ts'

/** Identity and sequence numbers of a producer, which let brokers tell a repeated batch from a new one. */
export class ProducerSession {
  readonly cluster: Cluster
  readonly transactionalId: string | null
  readonly #directory: TopicDirectory
  readonly #timeoutMs: number
  readonly #sequences = new Map<string, number>()
  /** Partitions that have acknowledged something under the present epoch. */
  readonly #known = new Set<string>()
  #identity: ProducerIdentity = noIdentity
  /** Something that was sent may still be on its way, or a sequence number was used up for nothing. */
  #doubtful = true

  constructor(cluster: Cluster, directory: TopicDirectory, transactionalId: string | null, timeoutMs: number) {
    this.cluster = cluster
    this.#directory = directory
    this.transactionalId = transactionalId
    this.#timeoutMs = timeoutMs
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  /** From here on whatever was sent under the present epoch must not count: the next `ensureSound` raises it. */
  doubt(): void {
    this.#doubtful = true
  }

  /**
   * Raises the epoch where something is in doubt. Brokers then refuse what is still on its way under the old one, which
   * would otherwise become part of a later transaction. With an epoch of our own we are refused where somebody newer has the
   * transactional id, instead of displacing them. @throws QueryError KAFKA_PRODUCER_FENCED, KAFKA_UNAVAILABLE
   */
  async ensureSound(): Promise<void> {
    if (!this.#doubtful) return
    const id = this.transactionalId
    const what = id === null ? 'a producer id' : `the transactional id "${id}"`
    // Without a transactional id nobody else can have ours, and a new one costs nothing.
    const current = id === null ? noIdentity : this.#identity
    const { producerId, epoch } = await this.cluster.retried(what, async () => {
      const request = initProducerIdRequest(id, this.#timeoutMs, current)
      const answer = id === null ? await this.cluster.any(request) : await this.cluster.coordinator(id, 'transaction', request)
      this.checkTransaction(answer.errorCode, what)
      return answer
    })
    this.#identity = { producerId, epoch }
    this.#sequences.clear()
    this.#known.clear()
    this.#doubtful = false
  }

  /** Sends until all is acknowledged. @throws those of BatchProducer.send */
  async send(batches: readonly ProduceBatch[]): Promise<void> {
    // A partition that is named more than once has one queue: its batches go out in their order, never two in one request.
    const byPartition = new Map<string, PartitionQueue>()
    for (const batch of batches) {
      this.#stamp(batch)
      const key = partitionKey(batch.topic, batch.partition)
      const queue = byPartition.get(key)
      if (queue === undefined) byPartition.set(key, { topic: batch.topic, partition: batch.partition, batches: [...splitBatches(batch)], known: this.#known.has(key) })
      else queue.batches.push(...splitBatches(batch))
    }
    const queues = [...byPartition.values()]
    const all = queues.reduce((sum, q) => sum + q.batches.length, 0)
    const what = `records for ${quantity(queues.length, 'partition')}`
    try {
      await this.cluster.retriedOrPassing(async tries => {
        if (tries.sentBefore) this.doubt()
        await produceBatches({ cluster: this.cluster, directory: this.#directory, transactionalId: this.transactionalId }, queues, tries)
      })
    } catch (error) {
      this.doubt()
      if (!(error instanceof PassingFailure)) throw error
      const left = queues.reduce((sum, q) => sum + q.batches.length, 0)
      if (!error.sent && left === all) throw this.cluster.gaveUp(what, error)
      throw outcomeUnknown(what, error.message, error)
    }
    for (const { topic, partition } of queues) this.#known.add(partitionKey(topic, partition))
  }

  /** @throws PassingFailure, or QueryError, where the code is an error */
  checkTransaction(errorCode: number, what: string): void {
    const id = this.transactionalId
    const name = errorName(errorCode)
    if (id !== null && coordinatorMoved(name)) this.cluster.forgetCoordinator(id, 'transaction')
    if (id !== null && isFenced(name)) throw producerFenced(id, errorCode)
    this.cluster.check(errorCode, what)
  }

  #stamp({ topic, partition, records }: ProduceBatch): void {
    const key = partitionKey(topic, partition)
    const next = stampBatches(records, { ...this.#identity, firstSequence: this.#sequences.get(key) ?? 0, transactional: this.transactionalId !== null })
    this.#sequences.set(key, next)
  }
}

const quantity = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
