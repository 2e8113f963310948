import type { Cluster } from '../cluster/cluster.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import { quoteList } from '../../../common/suggest.ts'
import type { TopicDescription } from '../port.ts'

export async function describeTopics(cluster: Cluster, directory: TopicDirectory, names: readonly string[] | undefined): Promise<readonly TopicDescription[]> {
  const topics = await cluster.retried(`a description of ${names === undefined ? 'all topics' : `the topics ${quoteList(names)}`}`, () => directory.ask(names))
  return topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition, leader, leaderEpoch, replicas, inSync }) => ({ partition, leader, leaderEpoch, replicas, inSync })),
  }))
}
