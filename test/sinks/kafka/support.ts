import type { Schema } from '../../../src/columnar/schema.ts'
import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import type { Json } from '../../../src/common/json.ts'
import type { FetchOptions, KafkaPort } from '../../../src/clients/kafka/port.ts'
import { readHeaders } from '../../../src/clients/kafka/records/read-headers.ts'
import { openRecords } from '../../../src/clients/kafka/records/record-reader.ts'
import type { Attempt, SinkOutput, SinkPart, SinkProvider } from '../../../src/sinks/sink.ts'

export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: { readonly [name: string]: string | null }
}

/** A committed transaction is visible a moment after its commit has returned. */
async function settled(port: KafkaPort, topic: string, partition: number): Promise<void> {
  const at = [{ topic, partition }]
  for (let tries = 0; tries < 200; tries++) {
    const [stable] = await port.offsets(at, 'lastStable')
    const [end] = await port.offsets(at, 'latest')
    if (stable.offset === end.offset) return
    await nodePorts.clock.sleep(25)
  }
  throw new Error(`A transaction in topic ${topic} stays open.`)
}

/**
 * All records of a topic that a reader of the isolation gets, by partition and offset. `whileOpen`: with transactions that
 * stay open.
 */
export async function readTopic(port: KafkaPort, topic: string, isolation: FetchOptions['isolation'] = 'read_committed', whileOpen = false): Promise<ReadRecord[]> {
  const [description] = await port.topics([topic])
  const found: ReadRecord[] = []
  for (const { partition } of description.partitions) {
    const at = [{ topic, partition }]
    if (isolation === 'read_committed' && !whileOpen) await settled(port, topic, partition)
    const [end] = await port.offsets(at, isolation === 'read_committed' ? 'lastStable' : 'latest')
    let position = (await port.offsets(at, 'earliest'))[0].offset as bigint
    while (position < (end.offset as bigint)) {
      const [fetched] = await port.fetchRecords([{ topic, partition, offset: position }], { isolation, maxWaitMs: 100, minBytes: 1, maxBytes: 1 << 20 })
      const reader = await openRecords(fetched, { from: position, to: end.offset as bigint, isolation })
      for (let block = reader.next(); block !== undefined; block = reader.next()) {
        const text = (start: number, to: number): string | null => (start < 0 ? null : new TextDecoder().decode(block.bytes.subarray(start, to)))
        for (let i = 0; i < block.count; i++) {
          const headers: { [name: string]: string | null } = {}
          readHeaders(block, i, (a, b, c, d) => (headers[text(a, b) as string] = text(c, d)))
          found.push({
            topic, partition, offset: block.offsets[i], timestamp: block.timestamps[i],
            key: text(block.keyStart[i], block.keyEnd[i]), value: text(block.valueStart[i], block.valueEnd[i]), headers,
          })
        }
      }
      position = reader.position
    }
  }
  return found
}

export interface Rows {
  readonly provider: SinkProvider
  readonly options: { readonly [key: string]: Json }
  readonly schema: Schema
}

/** The batch's clock. Not in the past: brokers remove what is older than the retention of its topic. */
export const clockMs: number = Date.now()

/** Writes each list of rows as one partition, cut into record batches of `cut` rows. */
export async function writeParts({ provider, options, schema }: Rows, batchId: number, attempt: Attempt, partitions: readonly (readonly { readonly [column: string]: unknown }[])[], cut = 1000): Promise<SinkPart[]> {
  const parts: SinkPart[] = []
  for (const [partition, rows] of partitions.entries()) {
    const writer = await provider.writer(options, schema, { ports: nodePorts, batchId, attempt, partition, clockMs })
    for (let at = 0; at < rows.length; at += cut) await writer.write(batchOfRows(schema, rows.slice(at, at + cut)))
    parts.push(await writer.finish())
  }
  return parts
}

export function attempt(epoch: number): Attempt {
  return { epoch, random: '0'.repeat(16) }
}

export function outputOf(batchId: number, epoch: number, parts: readonly SinkPart[], token = `token-${batchId}`): SinkOutput {
  return { batchId, attempt: attempt(epoch), token, epoch, parts, isReplay: false }
}
