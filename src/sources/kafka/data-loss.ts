import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import type { SourceNotice } from '../source.ts'

/** Records that were not read and cannot be read any more. Offsets `from` to `to` − 1. */
export type DataLoss =
  /** Retention or a deletion of records has moved the log's start over where we are. */
  | { readonly kind: 'retention'; readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }
  /** The log ends before the place that was read already: an unclean election or a restored disk. */
  | { readonly kind: 'truncated'; readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }
  | { readonly kind: 'vanished'; readonly topic: string; readonly partition: number; readonly from: number }
  | { readonly kind: 'recreated'; readonly topic: string; readonly partition: number; readonly from: number; readonly formerId: string; readonly topicId: string }

const advice = 'To go on without them, set failOnDataLoss to false; the gap is told in a notice then.'

/** Why the query stops. */
export function dataLost(loss: DataLoss): MillraceError {
  const { topic, partition, from } = loss
  const place = `Partition ${partition} of topic "${topic}"`
  const context = { ...loss }
  switch (loss.kind) {
    case 'retention':
      return makeError('SOURCE_DATA_LOST', `${place} begins at offset ${loss.to} now, and offsets ${from} to ${loss.to - 1} (${loss.to - from}) were not read: retention or a deletion was faster than the query. ${advice} Otherwise keep records longer (retention.ms, retention.bytes), or read faster.`, { context })
    case 'truncated':
      return makeError('SOURCE_DATA_LOST', `${place} ends at offset ${loss.to} now, but everything before ${from} was read or planned already: the broker has lost records, for instance in an unclean election, and gives their offsets to others. To go on from offset ${loss.to}, set failOnDataLoss to false; otherwise start with a new checkpoint.`, { context })
    case 'vanished':
      return makeError('SOURCE_DATA_LOST', `${place} is gone, which was read up to offset ${from}. Was the topic deleted? ${advice} Otherwise restore the topic, or start with a new checkpoint.`, { context })
    case 'recreated':
      return makeError('SOURCE_TOPIC_RECREATED', `Topic "${topic}" was deleted and made again: its id was ${loss.formerId} and is ${loss.topicId}. Partition ${partition} was read up to offset ${from}, which says nothing about the new topic. To read the new one from its beginning, set failOnDataLoss to false; otherwise start with a new checkpoint.`, { context })
  }
}

/** Of a query that begins. */
export function startsBeyondEnd({ topic, partition }: { readonly topic: string; readonly partition: number }, offset: number, latest: number): MillraceError {
  return makeError('SOURCE_OFFSET_MISSING', `startingOffsets has offset ${offset} for partition ${partition} of topic "${topic}", which ends at offset ${latest}. Give an offset up to there, or -1 for the latest.`, {
    context: { topic, partition, offset, latest },
  })
}

/** What is said instead with failOnDataLoss: false. */
export function gapNotice(loss: DataLoss): SourceNotice {
  const { topic, partition, from } = loss
  const context = { ...loss } as unknown as { readonly [key: string]: Json }
  const place = `Partition ${partition} of topic "${topic}"`
  switch (loss.kind) {
    case 'retention':
      return { message: `${place} begins at offset ${loss.to} now: offsets ${from} to ${loss.to - 1} (${loss.to - from}) are gone and were not read.`, context }
    case 'truncated':
      return { message: `${place} ends at offset ${loss.to} now, before ${from}, up to which it was read: records were lost, and reading goes on at offset ${loss.to}.`, context }
    case 'vanished':
      return { message: `${place} is gone. It was read up to offset ${from}.`, context }
    case 'recreated':
      return { message: `Topic "${topic}" was deleted and made again: partition ${partition}, read up to offset ${from} before, is read from its beginning.`, context }
  }
}
