import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { openKafka } from '../../clients/kafka/open-kafka.ts'
import { kafkaConnection } from '../../clients/kafka/options.ts'
import type { KafkaPort } from '../../clients/kafka/port.ts'
import { RecordBlock } from '../../clients/kafka/records/record-block.ts'
import { blockCapacity, openRecords } from '../../clients/kafka/records/record-reader.ts'
import { type Duration, durationMs } from '../../common/duration.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Ports } from '../../common/ports.ts'
import { maxRawBytes } from '../../formats/bad-record.ts'
import type { InputPartition, PartitionReader, ReadContext } from '../source.ts'
import type { ResolvedKafkaSourceOptions } from './options.ts'
import { type FetchSettings, RangeFetcher } from './range-fetcher.ts'
import type { KafkaRange } from './range.ts'
import { type OnBad, RecordColumns } from './record-columns.ts'
import { Registries } from './registry/environment.ts'

/** Opens the client of an executor; tests have their own. */
export type OpenPort = (ports: Ports) => Promise<KafkaPort>

/** Reads ranges of partitions. An executor has its own client, made for the first range and closed with the query. */
export class KafkaReader implements PartitionReader {
  readonly #options: ResolvedKafkaSourceOptions
  readonly #declared: Schema
  readonly #openPort: OpenPort
  readonly #settings: FetchSettings
  #port: Promise<KafkaPort> | undefined
  readonly #registries = new Registries()
  #block: RecordBlock | undefined

  constructor(options: ResolvedKafkaSourceOptions, declared: Schema, openPort: OpenPort = ports => openKafka(kafkaConnection(options), ports)) {
    this.#options = options
    this.#declared = declared
    this.#openPort = openPort
    const { isolation, fetchBytes, failOnDataLoss } = options
    this.#settings = { isolation, fetchBytes, failOnDataLoss, timeoutMs: durationMs(options.fetchTimeout as Duration, 'fetchTimeout') }
  }

  async *read(partition: InputPartition, schema: Schema, context: ReadContext): AsyncIterable<RecordBatch> {
    const range = partition.spec as unknown as KafkaRange
    const columns = await RecordColumns.open(schema, this.#declared, this.#options, range, this.#registries.environment(context.ports, context.signal))
    const bad = badRecords(range, partition.label, context)
    const fetcher = new RangeFetcher(await this.#client(context.ports), range, this.#settings, context.ports.clock, context.signal)
    this.#block ??= new RecordBlock(blockCapacity)
    const block = this.#block
    for (let position = range.start; position < range.end; ) {
      const next = await fetcher.next(position)
      if (next === undefined || context.signal.aborted) break
      const records = await openRecords(next.fetched, { from: BigInt(next.position), to: BigInt(range.end), isolation: this.#options.isolation, block })
      for (let some = records.next(); some !== undefined; some = records.next()) {
        const waiting = columns.prepare(some)
        if (waiting !== undefined && !(await isPrepared(waiting, context.signal))) return
        yield* columns.add(some, bad)
        if (context.onBadRecord !== 'fail') await context.drain?.()
      }
      position = Number(records.position)
    }
    if (!context.signal.aborted) yield* columns.end()
  }

  async close(): Promise<void> {
    const port = this.#port
    this.#port = undefined
    await (await port?.catch(() => undefined))?.close()
  }

  #client(ports: Ports): Promise<KafkaPort> {
    this.#port ??= this.#openPort(ports).catch((error: unknown) => {
      this.#port = undefined
      throw error
    })
    return this.#port
  }
}

/** False when it failed because the query was stopped. */
async function isPrepared(waiting: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  try {
    await waiting
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return !signal.aborted
}

/** @throws QueryError FORMAT_BAD_RECORD when bad records are to fail */
function badRecords({ topic, partition }: KafkaRange, origin: string, context: ReadContext): OnBad {
  return ({ bytes, offsets, valueStart, valueEnd }, record, reason) => {
    const offset = offsets[record]
    if (context.onBadRecord === 'fail') throw badRecord(topic, partition, offset, reason)
    const start = valueStart[record]
    const raw = start < 0 ? new Uint8Array(0) : new Uint8Array(bytes.subarray(start, Math.min(valueEnd[record], start + maxRawBytes)))
    context.bad({ origin, line: 0, byte: 0, reason, raw, kafka: { topic, partition, offset } })
  }
}

function badRecord(topic: string, partition: number, offset: number, reason: string): MillraceError {
  return makeError('FORMAT_BAD_RECORD', `The record at offset ${offset} of partition ${partition} of topic "${topic}" cannot be read: ${reason}. Correct what writes it, or set onBadRecord to "skip" or "deadLetter".`, {
    context: { topic, partition, offset, reason },
  })
}
