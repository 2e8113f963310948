import type { KafkaPort, OffsetQuery, TopicPartition } from '../../clients/kafka/port.ts'
import { refused } from '../../clients/kafka/spark-options.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import { quoteList } from '../../common/suggest.ts'
import { partitionKey } from './kafka-offset.ts'
import { earliestOffset, latestOffset, type OffsetMap } from './offset-options.ts'
import type { ResolvedKafkaSourceOptions } from './options.ts'

/** Offsets by partition, see partitionKey. */
export type Positions = ReadonlyMap<string, number>

type Options = Pick<
  ResolvedKafkaSourceOptions,
  'isolation' | 'startingOffsets' | 'startingTimestamp' | 'startingOffsetsByTimestamp' | 'startingOffsetsByTimestampStrategy' | 'endingOffsets' | 'endingTimestamp' | 'endingOffsetsByTimestamp'
>

/** Where a query begins and ends, by its options. A time counts before times of partitions, and those before offsets, as in Spark. */
export class Boundaries {
  readonly #port: KafkaPort
  readonly #options: Options
  readonly #default: 'earliest' | 'latest'

  /** `bounded`: everything is read once, from the beginning unless told otherwise. */
  constructor(port: KafkaPort, options: Options, bounded: boolean) {
    this.#port = port
    this.#options = options
    this.#default = bounded ? 'earliest' : 'latest'
    if (bounded && options.startingOffsets === 'latest') throw refused('startingOffsets', 'is "latest", where readBatch() would have nothing to read. Use "earliest" or offsets')
  }

  /** False where the answer depends on when it is asked for, so that it must be kept from the beginning. */
  get startsAtEarliest(): boolean {
    const { startingTimestamp, startingOffsetsByTimestamp, startingOffsets } = this.#options
    return startingTimestamp === undefined && startingOffsetsByTimestamp === undefined && (startingOffsets ?? this.#default) === 'earliest'
  }

  earliest(partitions: readonly TopicPartition[]): Promise<Positions> {
    return this.#ask(partitions, 'earliest')
  }

  /** The end of what may be read: before the first open transaction with read_committed. */
  latest(partitions: readonly TopicPartition[]): Promise<Positions> {
    return this.#ask(partitions, this.#options.isolation === 'read_committed' ? 'lastStable' : 'latest')
  }

  /** @throws AnalysisError PLAN_INVALID_OPTION; QueryError SOURCE_OFFSET_MISSING */
  async start(partitions: readonly TopicPartition[]): Promise<Positions> {
    const { startingTimestamp, startingOffsetsByTimestamp, startingOffsets = this.#default, startingOffsetsByTimestampStrategy: strategy } = this.#options
    if (startingTimestamp !== undefined) return this.#atTimes(partitions, () => startingTimestamp, 'startingTimestamp', strategy)
    if (startingOffsetsByTimestamp !== undefined) {
      return this.#atTimes(partitions, named('startingOffsetsByTimestamp', startingOffsetsByTimestamp, partitions), 'startingOffsetsByTimestamp', strategy)
    }
    if (startingOffsets === 'earliest') return this.earliest(partitions)
    if (startingOffsets === 'latest') return this.latest(partitions)
    return this.#atOffsets(partitions, named('startingOffsets', startingOffsets, partitions))
  }

  /** Undefined where there is no end but the latest offset. */
  async end(partitions: readonly TopicPartition[]): Promise<Positions | undefined> {
    const { endingTimestamp, endingOffsetsByTimestamp, endingOffsets } = this.#options
    if (endingTimestamp !== undefined) return this.#atTimes(partitions, () => endingTimestamp, 'endingTimestamp', 'latest')
    if (endingOffsetsByTimestamp !== undefined) return this.#atTimes(partitions, named('endingOffsetsByTimestamp', endingOffsetsByTimestamp, partitions), 'endingOffsetsByTimestamp', 'latest')
    if (endingOffsets === undefined || endingOffsets === 'latest') return undefined
    return this.#atOffsets(partitions, named('endingOffsets', endingOffsets, partitions))
  }

  async #atOffsets(partitions: readonly TopicPartition[], given: (of: TopicPartition) => number): Promise<Positions> {
    const asked = async (special: number, ask: (some: readonly TopicPartition[]) => Promise<Positions>): Promise<Positions> => {
      const some = partitions.filter(p => given(p) === special)
      return some.length === 0 ? new Map() : ask(some)
    }
    const positions = new Map([...(await asked(earliestOffset, some => this.earliest(some))), ...(await asked(latestOffset, some => this.latest(some)))])
    for (const p of partitions) if (given(p) >= 0) positions.set(partitionKey(p), given(p))
    return positions
  }

  async #atTimes(partitions: readonly TopicPartition[], timeOf: (of: TopicPartition) => number, option: string, strategy: 'error' | 'latest'): Promise<Positions> {
    const positions = new Map<string, number>()
    const latest = await this.latest(partitions)
    for (const [timestampMs, some] of groupBy(partitions, timeOf)) {
      const found = await this.#port.offsets(some, { timestampMs })
      some.forEach((p, i) => {
        const { offset } = found[i]
        const end = latest.get(partitionKey(p)) ?? 0
        if (offset === null && strategy === 'error') throw noRecordSoLate(p, timestampMs, option)
        positions.set(partitionKey(p), offset === null ? end : Number(offset))
      })
    }
    return positions
  }

  async #ask(partitions: readonly TopicPartition[], at: OffsetQuery): Promise<Positions> {
    if (partitions.length === 0) return new Map()
    const found = await this.#port.offsets(partitions.map(({ topic, partition }) => ({ topic, partition })), at)
    return new Map(found.map(p => [partitionKey(p), Number(p.offset ?? 0n)]))
  }
}

/**
 * Every partition that there is must be named, and no other: one that was forgotten would be read from nobody knows where.
 * @throws AnalysisError PLAN_INVALID_OPTION
 */
function named(option: string, map: OffsetMap, partitions: readonly TopicPartition[]): (of: TopicPartition) => number {
  const given = new Map(Object.entries(map).flatMap(([topic, offsets]) => Object.entries(offsets).map(([p, offset]) => [partitionKey({ topic, partition: Number(p) }), offset] as const)))
  const there = partitions.map(partitionKey)
  const missing = there.filter(key => !given.has(key))
  const unknown = [...given.keys()].filter(key => !there.includes(key))
  if (missing.length > 0 || unknown.length > 0) throw partitionsDiffer(option, missing, unknown)
  return p => given.get(partitionKey(p)) ?? latestOffset
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function partitionsDiffer(option: string, missing: readonly string[], unknown: readonly string[]): MillraceError {
  const parts = [
    ...(missing.length > 0 ? [`does not have ${quoteList(missing)}`] : []),
    ...(unknown.length > 0 ? [`has ${quoteList(unknown)}, which ${unknown.length === 1 ? 'is' : 'are'} not read`] : []),
  ]
  const special = option.endsWith('ByTimestamp') ? '' : option === 'startingOffsets' ? '; -2 stands for the earliest offset and -1 for the latest' : '; -1 stands for the latest offset'
  return refused(option, `${parts.join(' and ')} (topic/partition). Name every partition that is read${special}`)
}

function noRecordSoLate({ topic, partition }: TopicPartition, timestampMs: number, option: string): MillraceError {
  return makeError(
    'SOURCE_OFFSET_MISSING',
    `Partition ${partition} of topic "${topic}" has no record of ${new Date(timestampMs).toISOString()} or later, so ${option} finds no offset. Choose an earlier time, or set startingOffsetsByTimestampStrategy to "latest".`,
    { context: { topic, partition, timestampMs, option } },
  )
}
