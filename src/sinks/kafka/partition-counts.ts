import type { Clock } from '../../common/clock.ts'
import type { KafkaPort } from '../../clients/kafka/port.ts'
import { unknownTopic } from '../../clients/kafka/errors.ts'

/** As long as that, the number of partitions is believed; a topic only ever gets more. */
const believedMs = 60_000
const maxTopics = 10_000

interface Known {
  readonly sinceMs: number
  readonly count: Promise<number>
}

/**
 * How many partitions topics have, for the executors of one thread: asked over a connection that is closed again, so that
 * none is open beside those that carry records.
 */
export class PartitionCounts {
  readonly #known = new Map<string, Known>()

  /** @throws QueryError KAFKA_UNKNOWN_TOPIC, and what the port throws */
  async of(topic: string, cluster: { readonly key: string; readonly clock: Clock; readonly open: () => Promise<KafkaPort> }): Promise<number> {
    const key = `${cluster.key} ${topic}`
    const now = cluster.clock.monotonic()
    let known = this.#known.get(key)
    if (known === undefined || now - known.sinceMs > believedMs) {
      if (this.#known.size >= maxTopics) this.#known.clear()
      known = { sinceMs: now, count: ask(topic, cluster.open) }
      this.#known.set(key, known)
    }
    try {
      return await known.count
    } catch (error) {
      if (this.#known.get(key) === known) this.#known.delete(key)
      throw error
    }
  }
}

async function ask(topic: string, open: () => Promise<KafkaPort>): Promise<number> {
  const port = await open()
  try {
    const [description] = await port.topics([topic])
    if (description === undefined) throw unknownTopic(topic)
    return description.partitions.length
  } finally {
    await port.close()
  }
}
