import type { TopicPartition } from '../port.ts'
import { apis, byTopic, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

/** As a consumer that is no member of the group, which a broker takes as long as the group has no members. */
export function offsetCommitRequest(groupId: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): KafkaRequest<readonly (TopicPartition & { readonly errorCode: number })[]> {
  const w = new RequestWriter()
  w.string(groupId)
    .int32(-1) // generation
    .string('') // member
    .string(null) // group instance
    .array(byTopic(offsets), ([topic, of]) => w.string(topic).array(of, p => w.int32(p.partition).int64(p.offset).int32(-1).string(null).end()).end())
    .end()
  return flexibleRequest(apis.offsetCommit, w.finish(), r => {
    r.int32() // throttle time
    return r.array(() => {
      const topic = r.string()
      const of = r.array(() => {
        const result = { topic, partition: r.int32(), errorCode: r.int16() }
        r.end()
        return result
      })
      r.end()
      return of
    }).flat()
  })
}
