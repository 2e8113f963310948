import type { KafkaPort } from '../../clients/kafka/port.ts'
import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { SourceNotice, SourceOffset } from '../source.ts'
import { positionsOf } from './kafka-offset.ts'

/** Dashboards do not look more often. */
const everyMs = 1000

/** Tells a consumer group how far the query is, for tools that measure lag by groups. Nothing depends on it. */
export class LagGroup {
  readonly #groupId: string
  readonly #port: KafkaPort
  readonly #clock: Clock
  #toldAt = Number.NEGATIVE_INFINITY
  /** Committed and not told yet. */
  #due: SourceOffset | undefined
  #failed = false

  constructor(groupId: string, port: KafkaPort, clock: Clock) {
    this.#groupId = groupId
    this.#port = port
    this.#clock = clock
  }

  async commit(end: SourceOffset): Promise<SourceNotice | undefined> {
    this.#due = end
    return this.#clock.monotonic() - this.#toldAt < everyMs ? undefined : this.flush()
  }

  /** Answers what to say when the group cannot be told, once until it can be again. */
  async flush(): Promise<SourceNotice | undefined> {
    if (this.#due === undefined) return undefined
    const offsets = [...positionsOf(this.#due).values()].map(({ topic, partition, offset }) => ({ topic, partition, offset: BigInt(offset) }))
    this.#due = undefined
    this.#toldAt = this.#clock.monotonic()
    try {
      await this.#port.commitGroupOffsets(this.#groupId, offsets)
      this.#failed = false
      return undefined
    } catch (error) {
      if (this.#failed) return undefined
      this.#failed = true
      return { message: `Offsets could not be committed to group "${this.#groupId}", which is there for lag dashboards only: ${messageOf(error)}`, context: { groupId: this.#groupId } }
    }
  }
}
