import type { FetchOptions, KafkaPort } from '../../src/clients/kafka/port.ts'
import { batchLength, readBatchHeader } from '../../src/clients/kafka/records/batch-header.ts'
import { readHeaders } from '../../src/clients/kafka/records/read-headers.ts'
import { openRecords } from '../../src/clients/kafka/records/record-reader.ts'

/** A partition as our reader finds it, in the lines of LogReader.java, and how many of its batches compaction has emptied. */
export async function readLines(port: KafkaPort, topic: string, partition: number, isolation: FetchOptions['isolation'], maxBytes: number): Promise<{ readonly lines: readonly string[]; readonly emptyBatches: number }> {
  const at = [{ topic, partition }]
  const [end] = await port.offsets(at, isolation === 'read_committed' ? 'lastStable' : 'latest')
  let position = (await port.offsets(at, 'earliest'))[0].offset as bigint
  const lines: string[] = []
  let emptyBatches = 0
  let idle = 0
  for (; position < (end.offset as bigint);) {
    const [fetched] = await port.fetchRecords([{ topic, partition, offset: position }], { isolation, maxWaitMs: 100, minBytes: 1, maxBytes })
    emptyBatches += emptyIn(fetched.records)
    const reader = await openRecords(fetched, { from: position, to: end.offset as bigint, isolation })
    for (let block = reader.next(); block !== undefined; block = reader.next()) {
      const hex = (start: number, stop: number): string => (start < 0 ? '-' : Buffer.from(block.bytes.subarray(start, stop)).toString('hex'))
      for (let i = 0; i < block.count; i++) {
        const headers: string[] = []
        readHeaders(block, i, (a, b, c, d) => headers.push(hex(a, b), hex(c, d)))
        const fields = [topic, partition, block.offsets[i], block.timestamps[i], block.timestampTypes[i], hex(block.keyStart[i], block.keyEnd[i]), hex(block.valueStart[i], block.valueEnd[i])]
        lines.push([...fields, ...headers].join('\t'))
      }
    }
    idle = reader.position === position ? idle + 1 : 0
    if (idle === 50) throw new Error(`Nothing comes of partition ${partition} of topic ${topic} behind offset ${position}, and it ends at ${end.offset}.`)
    position = reader.position
  }
  return { lines, emptyBatches }
}

function emptyIn(records: Uint8Array): number {
  let empty = 0
  for (let at = 0; ; ) {
    const length = batchLength(records, at)
    if (length === undefined) return empty
    if (readBatchHeader(records, at, length).recordCount === 0) empty++
    at += length
  }
}
