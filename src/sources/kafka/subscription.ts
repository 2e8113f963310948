import type { KafkaPort, TopicDescription } from '../../clients/kafka/port.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import { quoteList } from '../../common/suggest.ts'
import type { ResolvedKafkaSourceOptions } from './options.ts'

/** A partition as the cluster describes it now. */
export interface KnownPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly leaderEpoch: number
}

/** Topics that Kafka keeps its own affairs in: no pattern means them. */
const internalTopics: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata'])

/** Which partitions a source reads. */
export class Subscription {
  /** For progress and errors. */
  readonly description: string
  readonly #names: readonly string[] | undefined
  readonly #pattern: RegExp | undefined
  readonly #assignment: ReadonlyMap<string, readonly number[]> | undefined

  constructor({ topic, topics, pattern, assignment }: Pick<ResolvedKafkaSourceOptions, 'topic' | 'topics' | 'pattern' | 'assignment'>) {
    this.#assignment = assignment === undefined ? undefined : new Map(Object.entries(assignment))
    this.#names = topic !== undefined ? [topic] : topics ?? (this.#assignment === undefined ? undefined : [...this.#assignment.keys()])
    this.#pattern = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u')
    this.description = pattern !== undefined ? `kafka[/${pattern}/]` : assignment !== undefined ? `kafka[${Object.entries(assignment).map(([name, p]) => `${name}-${p.join(',')}`).join(' ')}]` : `kafka[${(this.#names ?? []).join(' ')}]`
  }

  /**
   * In order of topic and partition. What does not exist is missing, which for a pattern is nothing special.
   * @throws what the port throws
   */
  async partitions(port: KafkaPort): Promise<readonly KnownPartition[]> {
    const topics = await port.topics(this.#names)
    return topics
      .filter(({ topic }) => this.#pattern === undefined || (this.#pattern.test(topic) && !internalTopics.has(topic)))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
      .flatMap(description => this.#assigned(description))
  }

  /**
   * What was named and does not exist.
   * @throws QueryError KAFKA_UNKNOWN_TOPIC
   */
  checkAllThere(found: readonly KnownPartition[]): void {
    for (const name of this.#names ?? []) {
      const there = found.filter(({ topic }) => topic === name).map(({ partition }) => partition)
      if (there.length === 0) throw unknownTopic(name)
      const missing = this.#assignment?.get(name)?.filter(partition => !there.includes(partition)) ?? []
      if (missing.length > 0) throw unknownPartitions(name, missing)
    }
  }

  #assigned({ topic, topicId, partitions }: TopicDescription): readonly KnownPartition[] {
    const wanted = this.#assignment?.get(topic)
    return partitions
      .filter(({ partition }) => wanted === undefined || wanted.includes(partition))
      .map(({ partition, leaderEpoch }) => ({ topic, topicId, partition, leaderEpoch }))
  }
}

function unknownTopic(topic: string): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `There is no topic "${topic}", or we may not see it. Create it, correct its name, or let this user describe it.`, { context: { topic } })
}

function unknownPartitions(topic: string, partitions: readonly number[]): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `Topic "${topic}" has no partition ${quoteList(partitions.map(String))}. Correct the assignment, or add partitions to the topic.`, { context: { topic, partitions } })
}
