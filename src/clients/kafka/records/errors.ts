import { makeError, type MillraceError } from '../../../common/errors.ts'
import type { TopicPartition } from '../port.ts'

export function corruptRecords(at: TopicPartition, offset: number, what: string, cause?: unknown): MillraceError {
  return makeError(
    'KAFKA_CORRUPT_RECORDS',
    `The record batch of topic "${at.topic}", partition ${at.partition} at offset ${offset} is damaged: ${what}. Check the disks of the partition's replicas, or start after this batch if its records may be lost.`,
    { context: { topic: at.topic, partition: at.partition, offset, what }, cause },
  )
}

export function batchTooLarge(at: TopicPartition, offset: number, compressedBytes: number, allowedBytes: number, cause?: unknown): MillraceError {
  return makeError(
    'KAFKA_BATCH_TOO_LARGE',
    `The record batch of topic "${at.topic}", partition ${at.partition} at offset ${offset} has ${compressedBytes} bytes, which become more than the ${allowedBytes} bytes that are allowed. Raise the limits of decompression if its producer is trusted, or start after this batch.`,
    { context: { topic: at.topic, partition: at.partition, offset, compressedBytes, allowedBytes }, cause },
  )
}

export function unsupportedRecords(at: TopicPartition, offset: number, what: string): MillraceError {
  return makeError(
    'KAFKA_UNSUPPORTED_RECORDS',
    `The record batch of topic "${at.topic}", partition ${at.partition} at offset ${offset} ${what}. Start after it, or copy the topic with a client that reads it.`,
    { context: { topic: at.topic, partition: at.partition, offset, what } },
  )
}
