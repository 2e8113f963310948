import type { Cluster } from '../cluster/cluster.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import { PassingFailure } from '../connection/failure.ts'
import type { NewTopic } from '../port.ts'
import { createTopicsRequest } from '../protocol/create-topics.ts'
import { errorName } from '../protocol/error-names.ts'
import { listOffsets } from './list-offsets.ts'

/** Returns once every partition has a leader that answers, so that whatever comes next finds it. */
export async function createTopic(cluster: Cluster, directory: TopicDirectory, topic: NewTopic): Promise<boolean> {
  const what = `the new topic "${topic.topic}"`
  const created = await cluster.retried(what, async ({ sentBefore }) => {
    const { errorCode, message } = await cluster.any(createTopicsRequest(topic, cluster.requestTimeoutMs))
    // After an answer that got lost it may well be ours.
    if (errorName(errorCode) === 'TOPIC_ALREADY_EXISTS') return sentBefore
    cluster.check(errorCode, what, message)
    return true
  })
  const partitions = await cluster.retried(what, async () => {
    const [made] = await directory.ask([topic.topic])
    const ready = made !== undefined && made.partitions.length > 0 && made.partitions.every(p => p.leader >= 0)
    if (!ready) throw new PassingFailure(`the topic "${topic.topic}" has no leaders yet`)
    return made.partitions
  })
  // A broker is named as the leader a moment before it knows that it is.
  await listOffsets(cluster, directory, partitions.map(({ partition }) => ({ topic: topic.topic, partition })), 'latest')
  return created
}
