import type { KafkaPort } from '../../clients/kafka/port.ts'
import type { Clock } from '../../common/clock.ts'
import type { Boundaries, Positions } from './boundaries.ts'
import { type DataLoss, dataLost, startsBeyondEnd } from './data-loss.ts'
import { type PartitionPosition, partitionKey } from './kafka-offset.ts'
import type { KnownPartition, Subscription } from './subscription.ts'

/** Where a partition stands: what waits in it is `from` to `latest` − 1. */
export interface PartitionStanding extends KnownPartition {
  readonly from: number
  readonly latest: number
  /** Offsets from here to `from` were lost. */
  readonly gapFrom?: number
}

/** A new leader may not know for a moment how far its followers are: a log that seems to have become shorter is asked again. */
const shorterTries = 10
const shorterWaitMs = 200

/** Compares how far a query has read with what the cluster has, and finds what was lost on the way. */
export class Standing {
  readonly #port: KafkaPort
  readonly #subscription: Subscription
  readonly #boundaries: Boundaries
  readonly #clock: Clock
  readonly #failOnDataLoss: boolean
  /** Where a query without a checkpoint begins: asked for once, so that it does not move while nothing is read. */
  #begin: Positions | undefined
  #end: Positions | undefined
  #endAsked = false
  #pinned: Positions | undefined
  #losses: readonly DataLoss[] = []

  constructor(port: KafkaPort, subscription: Subscription, boundaries: Boundaries, clock: Clock, failOnDataLoss: boolean) {
    this.#port = port
    this.#subscription = subscription
    this.#boundaries = boundaries
    this.#clock = clock
    this.#failOnDataLoss = failOnDataLoss
  }

  get isPinned(): boolean {
    return this.#pinned !== undefined
  }

  /** From now on nothing is there but what is there now. */
  async pin(): Promise<void> {
    this.#pinned = await this.#latest(await this.#subscription.partitions(this.#port))
  }

  /** Losses that the last look found and went on over. */
  takeLosses(): readonly DataLoss[] {
    const losses = this.#losses
    this.#losses = []
    return losses
  }

  /**
   * `read`: how far the query is; `isFirst`: it has not begun.
   * @throws QueryError KAFKA_UNKNOWN_TOPIC, SOURCE_DATA_LOST, SOURCE_TOPIC_RECREATED, SOURCE_OFFSET_MISSING
   */
  async look(read: ReadonlyMap<string, PartitionPosition>, isFirst: boolean, signal?: AbortSignal): Promise<readonly PartitionStanding[]> {
    const losses: DataLoss[] = []
    const found = await this.#subscription.partitions(this.#port)
    if (isFirst) this.#subscription.checkAllThere(found)
    const there = new Map(found.map(p => [partitionKey(p), p]))
    for (const [key, { topic, partition, offset }] of read) {
      if (!there.has(key)) this.#lose({ kind: 'vanished', topic, partition, from: offset }, losses)
    }
    const partitions = this.#pinned === undefined ? found : found.filter(p => this.#pinned?.has(partitionKey(p)) === true || read.has(partitionKey(p)))
    if (isFirst) this.#begin ??= await this.#boundaries.start(partitions)
    const same = this.#recreated(partitions, read, losses)
    const at = (p: KnownPartition): number | undefined => (same.has(p) ? read.get(partitionKey(p))?.offset : undefined) ?? (isFirst ? this.#begin?.get(partitionKey(p)) : undefined)
    const latest = await this.#latestNotBefore(partitions, at, signal)
    const earliest = await this.#boundaries.earliest(partitions.filter(p => at(p) === undefined || latest.get(partitionKey(p)) !== at(p)))
    const standing = partitions.map(p => {
      const key = partitionKey(p)
      const [from, end] = [at(p), latest.get(key) ?? 0]
      if (isFirst && from !== undefined && from > end && this.#failOnDataLoss) throw startsBeyondEnd(p, from, end)
      return this.#place(p, from, earliest.get(key) ?? 0, end, losses)
    })
    this.#losses = losses
    return standing
  }

  /** The partitions that still are those that were read. */
  #recreated(partitions: readonly KnownPartition[], read: ReadonlyMap<string, PartitionPosition>, losses: DataLoss[]): ReadonlySet<KnownPartition> {
    return new Set(
      partitions.filter(p => {
        const before = read.get(partitionKey(p))
        if (before === undefined || before.topicId === p.topicId) return true
        this.#lose({ kind: 'recreated', topic: p.topic, partition: p.partition, from: before.offset, formerId: before.topicId, topicId: p.topicId }, losses)
        return false
      }),
    )
  }

  #place(p: KnownPartition, at: number | undefined, earliest: number, latest: number, losses: DataLoss[]): PartitionStanding {
    const { topic, partition } = p
    if (at === undefined) return { ...p, from: earliest, latest: Math.max(earliest, this.#capped(p, latest)) }
    if (at > latest) {
      this.#lose({ kind: 'truncated', topic, partition, from: at, to: latest }, losses)
      return { ...p, from: latest, latest }
    }
    if (at < earliest) {
      this.#lose({ kind: 'retention', topic, partition, from: at, to: earliest }, losses)
      return { ...p, from: earliest, latest: Math.max(earliest, this.#capped(p, latest)), gapFrom: at }
    }
    return { ...p, from: at, latest: Math.max(at, this.#capped(p, latest)) }
  }

  /** Not beyond what was pinned, nor beyond the end that the options name. */
  #capped(p: KnownPartition, latest: number): number {
    const key = partitionKey(p)
    const end = this.#end === undefined ? latest : Math.min(latest, this.#end.get(key) ?? 0)
    return this.#pinned === undefined ? end : Math.min(end, this.#pinned.get(key) ?? 0)
  }

  async #latestNotBefore(partitions: readonly KnownPartition[], at: (p: KnownPartition) => number | undefined, signal: AbortSignal | undefined): Promise<Positions> {
    for (let tries = 1; ; tries++) {
      const latest = await this.#latest(partitions)
      const shorter = partitions.some(p => (latest.get(partitionKey(p)) ?? 0) < (at(p) ?? 0))
      if (!shorter || tries === shorterTries || signal?.aborted === true) return latest
      await this.#clock.sleep(shorterWaitMs, signal)
    }
  }

  async #latest(partitions: readonly KnownPartition[]): Promise<Positions> {
    if (!this.#endAsked && partitions.length > 0) {
      this.#end = await this.#boundaries.end(partitions)
      this.#endAsked = true
    }
    return this.#boundaries.latest(partitions)
  }

  #lose(loss: DataLoss, losses: DataLoss[]): void {
    if (this.#failOnDataLoss) throw dataLost(loss)
    losses.push(loss)
  }
}
