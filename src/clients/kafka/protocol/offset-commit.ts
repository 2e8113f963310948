import type { TopicPartition } from '../port.ts'
import { apis, byTopic, flexibleRequest, type KafkaRequest, partitionErrors, type PartitionError } from './request.ts'
import { RequestWriter } from './request-writer.ts'

/** As a consumer that is no member of the group, which a broker takes as long as the group has no members. */
export function offsetCommitRequest(groupId: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): KafkaRequest<readonly PartitionError[]> {
  const w = new RequestWriter()
  w.string(groupId)
    .int32(-1) // generation
    .string('') // member
    .string(null) // group instance
    .array(byTopic(offsets), ([topic, of]) => w.string(topic).array(of, p => w.int32(p.partition).int64(p.offset).int32(-1).string(null).end()).end())
    .end()
  return flexibleRequest(apis.offsetCommit, w.finish(), r => {
    r.int32() // throttle time
    return partitionErrors(r)
  })
}
