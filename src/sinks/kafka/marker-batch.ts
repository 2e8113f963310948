import type { ProduceBatch } from '../../clients/kafka/port.ts'
import { RecordEncoder } from '../../clients/kafka/records/record-encoder.ts'
import { encodeMarker, type SinkMarker } from './marker.ts'
import { markerPartition } from './marker-log.ts'

/** The marker as a record batch of its topic. */
export function markerBatch(log: { readonly topic: string; readonly key: Uint8Array }, marker: SinkMarker, nowMs: number): ProduceBatch {
  const value = encodeMarker(marker)
  const encoder = new RecordEncoder()
  encoder.append(Math.floor(nowMs), log.key, 0, log.key.length, value, 0, value.length)
  return { topic: log.topic, partition: markerPartition, records: encoder.finish() }
}
