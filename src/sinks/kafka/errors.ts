import { makeError, type MillraceError } from '../../common/errors.ts'

export function unknownTopic(topic: string): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `The cluster has no topic "${topic}". Create it, with the number of partitions that it is to have, or correct the name: the sink makes no topics for rows.`, { context: { topic } })
}

/** A row that makes no record. */
export function recordRefused(what: string, context: { readonly [key: string]: unknown }): MillraceError {
  return makeError('SINK_RECORD_REFUSED', `A row makes no record for sink "kafka": ${what}.`, { context })
}
