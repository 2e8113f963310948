import type { Located } from './topic-directory.ts'

/** What each leader has to be asked for. */
export function byLeader<P extends Located>(partitions: readonly P[]): readonly [leader: number, partitions: readonly P[]][] {
  const leaders = new Map<number, P[]>()
  for (const partition of partitions) {
    const of = leaders.get(partition.leader)
    if (of === undefined) leaders.set(partition.leader, [partition])
    else of.push(partition)
  }
  return [...leaders]
}

export const partitionKey = (topic: string, partition: number): string => `${partition}/${topic}`
