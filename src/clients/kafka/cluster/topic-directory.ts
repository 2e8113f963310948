import { PassingFailure } from '../connection/failure.ts'
import { recreatedTopic, unknownPartition, unknownTopic } from '../errors.ts'
import type { TopicPartition } from '../port.ts'
import { errorName, isUnknownTopic } from '../protocol/error-names.ts'
import type { PartitionMetadata, TopicMetadata } from '../protocol/metadata.ts'
import type { Cluster } from './cluster.ts'

/** A broker may not have heard yet of a topic that exists: it is asked so often, a little later each time. */
const asksForUnknown = 4

export interface Located extends TopicPartition {
  readonly topicId: string
  readonly leader: number
  readonly leaderEpoch: number
}

/** Where partitions are, as far as it was last heard. */
export class TopicDirectory {
  readonly #cluster: Cluster
  readonly #topics = new Map<string, TopicMetadata>()
  /** How often in a row a topic was unknown. */
  readonly #unknown = new Map<string, number>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Asks anew. Topics that do not exist are left out. `undefined`: all but internal ones. @throws PassingFailure */
  async ask(names: readonly string[] | undefined): Promise<readonly TopicMetadata[]> {
    if (names?.length === 0) return []
    const { topics } = await this.#cluster.metadata(names ?? null)
    const found: TopicMetadata[] = []
    const missing: string[] = []
    for (const topic of topics) {
      const error = errorName(topic.errorCode)
      if (isUnknownTopic(error) || error === 'INVALID_TOPIC_EXCEPTION') missing.push(topic.topic)
      else {
        this.#cluster.check(topic.errorCode, `a description of the topic "${topic.topic}"`)
        found.push(topic)
      }
    }
    const unheard = missing.filter(name => !this.#missed(name))
    for (const topic of found) this.#put(topic)
    if (unheard.length > 0) throw new PassingFailure(`the topic "${unheard[0]}" is not known`)
    return names === undefined ? found.filter(t => !t.internal) : found
  }

  /** Leaders and epochs, in the order asked. @throws PassingFailure; QueryError KAFKA_UNKNOWN_TOPIC */
  async locate<P extends TopicPartition & { readonly topicId?: string }>(partitions: readonly P[]): Promise<readonly (P & Located)[]> {
    const unknown = new Set(partitions.filter(p => this.#partition(p) === undefined).map(p => p.topic))
    if (unknown.size > 0) await this.ask([...unknown])
    return partitions.map(p => {
      const topic = this.#topics.get(p.topic)
      if (topic === undefined) throw unknownTopic(p.topic)
      if (p.topicId !== undefined && p.topicId !== topic.topicId) throw recreatedTopic(p.topic, p.topicId, topic.topicId)
      const found = this.#partition(p)
      if (found === undefined) throw unknownPartition(p.topic, p.partition, topic.partitions.length)
      if (found.leader < 0) {
        this.forget(p.topic)
        throw new PassingFailure(`partition ${p.partition} of the topic "${p.topic}" has no leader`)
      }
      return { ...p, topicId: topic.topicId, leader: found.leader, leaderEpoch: found.leaderEpoch }
    })
  }

  /** What was heard is no longer so: the next to need it asks anew. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  #partition({ topic, partition }: TopicPartition): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions.find(p => p.partition === partition)
  }

  #put(topic: TopicMetadata): void {
    this.#topics.set(topic.topic, topic)
    this.#unknown.delete(topic.topic)
  }

  /** Counts; true once it was asked for often enough to be sure. */
  #missed(name: string): boolean {
    this.#topics.delete(name)
    const times = (this.#unknown.get(name) ?? 0) + 1
    if (times < asksForUnknown) this.#unknown.set(name, times)
    else this.#unknown.delete(name)
    return times >= asksForUnknown
  }
}
