import { partitionKey } from '../cluster/by-leader.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import type { OffsetQuery, PartitionOffset, TopicPartition } from '../port.ts'
import { type ListedOffset, listOffsetsRequest } from '../protocol/list-offsets.ts'
import { askLeaders } from './per-partition.ts'

const earliest = -2n
const latest = -1n

export async function listOffsets(cluster: Cluster, directory: TopicDirectory, partitions: readonly TopicPartition[], at: OffsetQuery): Promise<readonly PartitionOffset[]> {
  // Times before 1970 would have the protocol's own meanings.
  const timestamp = at === 'earliest' ? earliest : at === 'latest' || at === 'lastStable' ? latest : BigInt(Math.max(0, Math.ceil(at.timestampMs)))
  const answers = new Map<string, ListedOffset>()
  await cluster.retried(`the offsets of ${partitions.length} partitions`, () =>
    askLeaders<TopicPartition, ListedOffset>(
      {
        cluster,
        directory,
        partitions,
        ask: async (leader, of) => (await cluster.node(leader, listOffsetsRequest(of, timestamp, at === 'lastStable' ? 1 : 0))).map(o => ({ at: o, errorCode: o.errorCode, answer: o })),
        refuse: () => undefined,
      },
      answers,
    ))
  return partitions.map(({ topic, partition }) => {
    const { offset, leaderEpoch } = answers.get(partitionKey(topic, partition))!
    return { topic, partition, offset: offset < 0n ? null : offset, leaderEpoch }
  })
}
