import type { FetchedPartition, KafkaPort } from '../../clients/kafka/port.ts'
import type { Clock } from '../../common/clock.ts'
import { isMillraceError, makeError, type MillraceError } from '../../common/errors.ts'
import { spanOf } from './batch-bytes.ts'
import { dataLost } from './data-loss.ts'
import type { KafkaRange } from './range.ts'

export interface FetchSettings {
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly fetchBytes: number
  readonly timeoutMs: number
  readonly failOnDataLoss: boolean
}

/** How long the broker waits for records that are there already, as far as anybody knows. */
const maxWaitMs = 500
/** After so many empty answers from a log that is long enough, nothing is left there: compaction took it. */
const emptyAnswers = 3

/**
 * The fetch answers of one range, one after the other; the next one is asked for while the last is worked on. At most two
 * are held at a time. A range is complete when the position reaches its end, however few records came.
 */
export class RangeFetcher {
  readonly #port: KafkaPort
  readonly #range: KafkaRange
  readonly #settings: FetchSettings
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #ahead: { readonly position: number; readonly answer: Promise<readonly FetchedPartition[]> } | undefined

  constructor(port: KafkaPort, range: KafkaRange, settings: FetchSettings, clock: Clock, signal: AbortSignal) {
    this.#port = port
    this.#range = range
    this.#settings = settings
    this.#clock = clock
    this.#signal = signal
  }

  /**
   * What comes from `from` on, and where it counts: behind records that were lost, though their batch may still have them.
   * Undefined when there is nothing more in the range, or
   * the signal has aborted.
   * @throws QueryError SOURCE_DATA_LOST, SOURCE_TOPIC_RECREATED, SOURCE_FAILED; what the port throws
   */
  async next(from: number): Promise<{ readonly fetched: FetchedPartition; readonly position: number } | undefined> {
    const { end } = this.#range
    const began = this.#clock.monotonic()
    let empty = 0
    for (let position = from; position < end && !this.#signal.aborted; ) {
      const fetched = await this.#fetched(position)
      if (typeof fetched === 'number') {
        position = fetched
        continue
      }
      if (fetched === undefined) return undefined
      if (fetched.records.length > 0) {
        this.#fetchAhead(spanOf(fetched)?.end ?? end)
        return { fetched, position }
      }
      const reach = Number(this.#settings.isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark)
      if (reach >= end && ++empty === emptyAnswers) return undefined
      if (this.#clock.monotonic() - began >= this.#settings.timeoutMs) {
        if (this.#settings.failOnDataLoss) throw notComing(this.#range, position, reach, this.#settings.timeoutMs)
        return undefined
      }
    }
    return undefined
  }

  /** An answer, or the position to go on at; undefined when the topic is gone or nobody waits any more. */
  async #fetched(position: number): Promise<FetchedPartition | number | undefined> {
    try {
      const ahead = this.#ahead?.position === position ? this.#ahead.answer : this.#ask(position)
      this.#ahead = undefined
      const [fetched] = await ahead
      return fetched
    } catch (error) {
      if (!isMillraceError(error)) throw error
      if (error.code === 'KAFKA_OFFSET_OUT_OF_RANGE') return this.#outOfRange(position, error)
      if (error.code === 'KAFKA_UNKNOWN_TOPIC') return this.#gone(position, error)
      throw error
    }
  }

  #fetchAhead(position: number): void {
    if (position >= this.#range.end || this.#signal.aborted) return
    const answer = this.#ask(position)
    // Whoever reads may have failed meanwhile and never ask for it.
    answer.catch(() => undefined)
    this.#ahead = { position, answer }
  }

  #ask(position: number): Promise<readonly FetchedPartition[]> {
    const { topic, topicId, partition } = this.#range
    const { isolation, fetchBytes } = this.#settings
    return this.#port.fetchRecords([{ topic, topicId, partition, offset: BigInt(position) }], { isolation, maxWaitMs, minBytes: 1, maxBytes: fetchBytes }, this.#signal)
  }

  #outOfRange(position: number, { context }: MillraceError): number {
    const { topic, partition, end } = this.#range
    const earliest = Number(context['earliest'])
    const latest = Number(context['latest'])
    const loss = position < earliest ? ({ kind: 'retention', topic, partition, from: position, to: earliest } as const) : ({ kind: 'truncated', topic, partition, from: position, to: latest } as const)
    if (this.#settings.failOnDataLoss) throw dataLost(loss)
    return loss.kind === 'retention' ? Math.min(earliest, end) : end
  }

  #gone(position: number, { context }: MillraceError): undefined {
    const { topic, topicId, partition } = this.#range
    const found = context['found']
    if (!this.#settings.failOnDataLoss) return undefined
    throw dataLost(typeof found === 'string' ? { kind: 'recreated', topic, partition, from: position, formerId: topicId, topicId: found } : { kind: 'vanished', topic, partition, from: position })
  }
}

function notComing({ topic, partition, end }: KafkaRange, position: number, reach: number, timeoutMs: number): MillraceError {
  return makeError(
    'SOURCE_FAILED',
    `Offsets ${position} to ${end - 1} of partition ${partition} of topic "${topic}" did not come within ${timeoutMs} ms (fetchTimeout): they were there when the batch was planned, and the partition can be read up to offset ${reach} now. Look at the brokers' logs for a leader that lost records, then start the query again.`,
    { context: { topic, partition, position, end, reach, timeoutMs } },
  )
}
