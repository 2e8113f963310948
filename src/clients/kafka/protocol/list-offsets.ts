import type { TopicPartition } from '../port.ts'
import { apis, byTopic, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

export interface ListOffsetsPartition extends TopicPartition {
  readonly leaderEpoch: number
}

export interface ListedOffset extends TopicPartition {
  readonly errorCode: number
  /** -1: no record is that late. */
  readonly offset: bigint
  readonly leaderEpoch: number
}

/** `timestamp`: milliseconds since the epoch, or -2 earliest, -1 latest. */
export function listOffsetsRequest(partitions: readonly ListOffsetsPartition[], timestamp: bigint, isolation: number): KafkaRequest<readonly ListedOffset[]> {
  const w = new RequestWriter()
  w.int32(-1)
    .int8(isolation)
    .array(byTopic(partitions), ([topic, of]) =>
      w.string(topic).array(of, p => w.int32(p.partition).int32(p.leaderEpoch).int64(timestamp).end()).end())
    .end()
  return flexibleRequest(apis.listOffsets, w.finish(), r => {
    r.int32() // throttle time
    return r.array(() => {
      const topic = r.string()
      const listed = r.array(() => {
        const head = { topic, partition: r.int32(), errorCode: r.int16() }
        r.int64() // timestamp
        const offset = r.int64()
        const leaderEpoch = r.int32()
        r.end()
        return { ...head, offset, leaderEpoch }
      })
      r.end()
      return listed
    }).flat()
  })
}
