import type { KafkaPort } from '../../clients/kafka/port.ts'
import type { Clock } from '../../common/clock.ts'
import { type Duration, durationMs } from '../../common/duration.ts'
import { canonicalJson, type Json } from '../../common/json.ts'
import type { PlannedRange, ReadLimit, Source, SourceNotice, SourceOffset } from '../source.ts'
import { Boundaries, type Positions } from './boundaries.ts'
import { gapNotice } from './data-loss.ts'
import { LagGroup } from './lag-group.ts'
import { type PartitionPosition, partitionKey, positionsOf, toOffset } from './kafka-offset.ts'
import { endWithin, type Limits } from './limits.ts'
import { BytesPerOffset } from './batch-bytes.ts'
import { defaultMaxBytesPerTrigger, type ResolvedKafkaSourceOptions } from './options.ts'
import type { KafkaRange } from './range.ts'
import { Standing, type PartitionStanding } from './standing.ts'
import { Subscription } from './subscription.ts'

/** Topics, partitions and ids are asked for at least this often, also when nothing new comes. */
const metadataMs = 5000
/** A pattern that fits nothing yet asks for all topics of the cluster, which may be many. */
const noTopicMs = 1000

interface Decision {
  readonly start: string
  readonly end: string
  readonly partitions: readonly (PartitionStanding & { readonly end: number })[]
}

/**
 * Topics of a cluster. The offset has the next offset of every partition; ranges are cut here and stand in the batch
 * record, and no consumer group has a part in it. New partitions are read from their beginning.
 */
export class KafkaSource implements Source {
  readonly description: string
  readonly replayable = true
  readonly #options: ResolvedKafkaSourceOptions
  readonly #port: KafkaPort
  readonly #clock: Clock
  readonly #standing: Standing
  readonly #boundaries: Boundaries
  readonly #bytesPerOffset: BytesPerOffset
  readonly #lagGroup: LagGroup | undefined
  readonly #pollMs: number
  readonly #maxDelayMs: number
  /** The end of what may be read, as of the last look. */
  #latest: readonly PartitionPosition[] = []
  #lookedAt = 0
  /** What latestOffset() decided, for plan(). */
  #decision: Decision | undefined
  /** When the last range was planned; null before the first one. */
  #plannedAt: number | null = null
  /** Held back by minOffsetsPerTrigger. */
  #waiting = false
  #notices: SourceNotice[] = []

  constructor(options: ResolvedKafkaSourceOptions, port: KafkaPort, clock: Clock, bounded: boolean) {
    const subscription = new Subscription(options)
    this.description = subscription.description
    this.#options = options
    this.#port = port
    this.#clock = clock
    this.#boundaries = new Boundaries(port, options, bounded)
    this.#standing = new Standing(port, subscription, this.#boundaries, clock, options.failOnDataLoss)
    this.#bytesPerOffset = new BytesPerOffset(port, options.isolation)
    this.#lagGroup = options.groupIdForLag === undefined ? undefined : new LagGroup(options.groupIdForLag, port, clock)
    this.#pollMs = durationMs(options.pollInterval as Duration, 'pollInterval')
    this.#maxDelayMs = durationMs(options.maxTriggerDelay as Duration, 'maxTriggerDelay')
  }

  /** All that a restart needs is in the offset. */
  async restore(): Promise<void> {}

  /** @throws QueryError KAFKA_UNKNOWN_TOPIC, SOURCE_DATA_LOST, SOURCE_TOPIC_RECREATED, SOURCE_OFFSET_MISSING; what the port throws */
  async latestOffset(start: SourceOffset | null, limit: ReadLimit, signal?: AbortSignal): Promise<SourceOffset | null> {
    const partitions = await this.#standing.look(positionsOf(start), start === null, signal)
    this.#latest = partitions.map(p => ({ ...p, offset: p.latest }))
    this.#lookedAt = this.#clock.monotonic()
    const waiting = partitions.reduce((sum, p) => sum + Math.max(0, p.latest - p.from), 0)
    this.#waiting = waiting > 0 && limit === 'limited' && this.#mustWait(waiting)
    const ends = this.#waiting ? partitions.map(p => p.from) : limit === 'all' ? partitions.map(p => p.latest) : endWithin(partitions, await this.#limits(partitions, waiting, signal))
    const decided = partitions.map((p, i) => ({ ...p, end: ends[i] }))
    const end = toOffset(decided.map(p => ({ ...p, offset: p.end })))
    this.#decision = { start: canonicalJson(start), end: canonicalJson(end), partitions: decided }
    // Beginning at the earliest comes to the same whenever it is asked for; any other beginning is kept by a first batch without rows.
    const nothing = partitions.length === 0 || (this.#boundaries.startsAtEarliest && decided.every(p => p.end === p.from))
    return start === null && nothing ? null : end
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    let decision = this.#decision
    if (decision?.start !== canonicalJson(start) || decision.end !== canonicalJson(end)) {
      // Not what was asked for last: the same look again, for the ends that are given.
      const ends = positionsOf(end)
      const partitions = await this.#standing.look(positionsOf(start), start === null)
      decision = { start: canonicalJson(start), end: canonicalJson(end), partitions: partitions.map(p => ({ ...p, end: ends.get(partitionKey(p))?.offset ?? p.from })) }
    }
    this.#plannedAt = this.#clock.monotonic()
    this.#notices.push(...this.#standing.takeLosses().map(gapNotice))
    return {
      partitions: decision.partitions.filter(p => p.end > p.from).map(({ topic, topicId, partition, leaderEpoch, from, end: to, gapFrom }) => {
        const spec: KafkaRange = { topic, topicId, partition, start: from, end: to, leaderEpoch, ...(gapFrom === undefined ? {} : { gapFrom }) }
        return { spec: spec as unknown as Json, label: `${topic}-${partition}` }
      }),
    }
  }

  async commit(end: SourceOffset): Promise<void> {
    await this.#tellGroup(group => group.commit(end))
  }

  async pinAvailable(): Promise<void> {
    await this.#standing.pin()
  }

  /** One small question to the cluster an interval, as long as nothing comes. */
  async changed(signal: AbortSignal): Promise<void> {
    const known = new Map(this.#latest.map(p => [partitionKey(p), p.offset]))
    for (;;) {
      await this.#clock.sleep(known.size === 0 ? Math.max(this.#pollMs, noTopicMs) : this.#pollMs, signal)
      // The next look says what is wrong, finds new partitions, and decides whether what waits is enough.
      if (signal.aborted || this.#waiting || known.size === 0 || this.#clock.monotonic() - this.#lookedAt >= metadataMs) return
      let latest: Positions
      try {
        latest = await this.#boundaries.latest(this.#latest)
      } catch {
        return
      }
      if ([...latest].some(([key, offset]) => offset !== known.get(key))) return
    }
  }

  newest(): SourceOffset | null {
    return this.#latest.length === 0 ? null : toOffset(this.#latest)
  }

  /** Spark's figures: how many offsets are behind the latest ones, over the partitions. */
  metrics(end: SourceOffset | null): { readonly [name: string]: number } {
    if (this.#latest.length === 0 || end === null) return {}
    const read = positionsOf(end)
    const behind = this.#latest.map(p => Math.max(0, p.offset - (read.get(partitionKey(p))?.offset ?? 0)))
    return {
      minOffsetsBehindLatest: Math.min(...behind),
      maxOffsetsBehindLatest: Math.max(...behind),
      avgOffsetsBehindLatest: behind.reduce((a, b) => a + b, 0) / behind.length,
    }
  }

  notices(): readonly SourceNotice[] {
    return this.#notices.splice(0)
  }

  async close(): Promise<void> {
    await this.#tellGroup(group => group.flush())
    await this.#port.close()
  }

  /** minOffsetsPerTrigger. The first batch of a run never waits, nor does what availableNow reads. */
  #mustWait(waiting: number): boolean {
    const { minOffsetsPerTrigger } = this.#options
    if (minOffsetsPerTrigger === undefined || waiting >= minOffsetsPerTrigger || this.#standing.isPinned) return false
    return this.#plannedAt !== null && this.#clock.monotonic() - this.#plannedAt < this.#maxDelayMs
  }

  async #limits(partitions: readonly PartitionStanding[], waiting: number, signal: AbortSignal | undefined): Promise<Limits> {
    const { maxOffsetsPerTrigger, maxBytesPerTrigger } = this.#options
    const maxBytes = maxBytesPerTrigger ?? (maxOffsetsPerTrigger === undefined ? defaultMaxBytesPerTrigger : undefined)
    // Even if each were as large as a record may be, they would fit.
    if (maxBytes === undefined || waiting <= maxBytes / this.#options.maxRecordBytes) return { maxOffsets: maxOffsetsPerTrigger }
    const most = partitions.reduce((a, b) => (b.latest - b.from > a.latest - a.from ? b : a))
    const bytes = await this.#bytesPerOffset.ask({ topic: most.topic, partition: most.partition, offset: BigInt(most.from) }, signal)
    const byBytes = bytes === undefined ? undefined : Math.max(1, Math.floor(maxBytes / bytes))
    return { maxOffsets: maxOffsetsPerTrigger === undefined ? byBytes : Math.min(maxOffsetsPerTrigger, byBytes ?? maxOffsetsPerTrigger) }
  }

  /** A dashboard that is not told is no reason to stop. */
  async #tellGroup(tell: (group: LagGroup) => Promise<SourceNotice | undefined>): Promise<void> {
    if (this.#lagGroup === undefined) return
    const notice = await tell(this.#lagGroup)
    if (notice !== undefined) this.#notices.push(notice)
  }
}
