import type { Clock } from '../../common/clock.ts'
import { makeError } from '../../common/errors.ts'
import type { FetchOptions, KafkaPort } from '../../clients/kafka/port.ts'
import { RecordBlock } from '../../clients/kafka/records/record-block.ts'
import { openRecords } from '../../clients/kafka/records/record-reader.ts'
import { decodeMarker, type SinkMarker } from './marker.ts'

/** All markers of a prefix are in this partition: where a marker lies must never depend on how many there are. */
export const markerPartition = 0

const fetchBytes = 1024 * 1024
const fetchWaitMs = 200
const blockRecords = 4096

/**
 * Only the newest marker of a key counts, and it is read at every start: small segments, which are compacted soon, keep
 * that short.
 */
const topicConfig = Object.freeze({ 'cleanup.policy': 'compact', 'segment.bytes': String(8 * 1024 * 1024), 'segment.ms': '600000', 'min.cleanable.dirty.ratio': '0.1', 'max.message.bytes': '65536' })

export interface MarkerLogOptions {
  readonly topic: string
  readonly key: string
  /** How long a transaction of somebody else may stand in the way of reading what is committed. */
  readonly patienceMs: number
}

/** What is read of one isolation, and how far. */
interface Reading {
  position: bigint
  newest: SinkMarker | null
  greatestEpoch: number
}

/** The compacted topic with the markers of all sinks of a prefix, read for one of them. */
export class MarkerLog {
  readonly topic: string
  readonly key: Uint8Array
  readonly #port: KafkaPort
  readonly #clock: Clock
  readonly #options: MarkerLogOptions
  readonly #block = new RecordBlock(blockRecords)
  readonly #readings = new Map<FetchOptions['isolation'], Reading>()

  constructor(port: KafkaPort, clock: Clock, options: MarkerLogOptions) {
    this.topic = options.topic
    this.key = new TextEncoder().encode(options.key)
    this.#port = port
    this.#clock = clock
    this.#options = options
  }

  /** Makes the topic if it is not there. */
  async create(): Promise<void> {
    if ((await this.#port.topics([this.topic])).length > 0) return
    await this.#port.createTopic({ topic: this.topic, partitions: 1, config: topicConfig })
  }

  /**
   * The newest marker that is committed, up to the end that the log has now.
   * @throws QueryError SINK_HANGING_TRANSACTION · CheckpointError SINK_MARKER_DAMAGED
   */
  async newest(): Promise<SinkMarker | null> {
    return (await this.#read('read_committed')).newest
  }

  /**
   * The greatest epoch of any marker, whatever became of its transaction: one that ended badly, or not yet, has only
   * made the number larger than need be, and a transaction that hangs is not waited for.
   */
  async greatestEpoch(): Promise<number> {
    return (await this.#read('read_uncommitted')).greatestEpoch
  }

  async #read(isolation: FetchOptions['isolation']): Promise<Reading> {
    const at = [{ topic: this.topic, partition: markerPartition }]
    const [end] = await this.#port.offsets(at, 'latest')
    const [start] = await this.#port.offsets(at, 'earliest')
    const reading = this.#reading(isolation, start.offset ?? 0n, end.offset ?? 0n)
    await this.#readUpTo(reading, isolation, end.offset ?? 0n)
    return reading
  }

  /** Goes on from the last look; a log that is shorter than what was read is another one. */
  #reading(isolation: FetchOptions['isolation'], start: bigint, end: bigint): Reading {
    let reading = this.#readings.get(isolation)
    if (reading === undefined || reading.position > end) {
      reading = { position: start, newest: null, greatestEpoch: 0 }
      this.#readings.set(isolation, reading)
    }
    if (reading.position < start) reading.position = start
    return reading
  }

  async #readUpTo(reading: Reading, isolation: FetchOptions['isolation'], end: bigint): Promise<void> {
    let since = this.#clock.monotonic()
    while (reading.position < end) {
      const [fetched] = await this.#port.fetchRecords(
        [{ topic: this.topic, partition: markerPartition, offset: reading.position }],
        { isolation, maxWaitMs: fetchWaitMs, minBytes: 1, maxBytes: fetchBytes },
      )
      const reader = await openRecords(fetched, { from: reading.position, to: end, isolation, block: this.#block })
      for (let block = reader.next(); block !== undefined; block = reader.next()) this.#take(block, reading)
      const now = this.#clock.monotonic()
      if (reader.position > reading.position) since = now
      else if (now - since > this.#options.patienceMs) throw this.#hanging(reading.position, end)
      reading.position = reader.position
    }
  }

  #take(block: RecordBlock, reading: Reading): void {
    for (let i = 0; i < block.count; i++) {
      if (!this.#isOurs(block, i)) continue
      // Somebody has deleted the marker on purpose: it is gone, and that is for the comparison to say.
      if (block.valueStart[i] < 0) {
        reading.newest = null
        continue
      }
      reading.newest = decodeMarker(block.bytes.subarray(block.valueStart[i], block.valueEnd[i]), { topic: this.topic, key: this.#options.key, offset: block.offsets[i] })
      reading.greatestEpoch = Math.max(reading.greatestEpoch, reading.newest.epoch)
    }
  }

  #isOurs(block: RecordBlock, i: number): boolean {
    const { key } = this
    const start = block.keyStart[i]
    if (start < 0 || block.keyEnd[i] - start !== key.length) return false
    for (let k = 0; k < key.length; k++) if (block.bytes[start + k] !== key[k]) return false
    return true
  }

  #hanging(position: bigint, end: bigint): Error {
    const { patienceMs } = this.#options
    return makeError(
      'SINK_HANGING_TRANSACTION',
      `Topic "${this.topic}" cannot be read from offset ${position} to its end ${end}: a transaction of another producer has been open there for more than ${Math.round(patienceMs / 1000)} s. If its program is gone, the broker aborts it after its transaction timeout; if it stays, find and abort it with Kafka's kafka-transactions.sh (find-hanging, abort). Then start the query again.`,
      { context: { topic: this.topic, partition: markerPartition, position: Number(position), end: Number(end), patienceMs } },
    )
  }
}
