import type { Cluster } from '../cluster/cluster.ts'
import { unknownTopic } from '../errors.ts'
import type { TopicPartition } from '../port.ts'
import { coordinatorMoved, errorName, isUnknownTopic } from '../protocol/error-names.ts'
import { offsetCommitRequest } from '../protocol/offset-commit.ts'

export async function commitGroupOffsets(cluster: Cluster, groupId: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): Promise<void> {
  if (offsets.length === 0) return
  const what = `the offsets of group "${groupId}"`
  await cluster.retried(what, async () => {
    const results = await cluster.coordinator(groupId, 'group', offsetCommitRequest(groupId, offsets))
    for (const { errorCode, topic } of results) {
      const name = errorName(errorCode)
      if (coordinatorMoved(name)) cluster.forgetCoordinator(groupId, 'group')
      if (isUnknownTopic(name)) throw unknownTopic(topic)
      cluster.check(errorCode, what)
    }
  })
}
