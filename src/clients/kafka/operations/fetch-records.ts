import { partitionKey } from '../cluster/by-leader.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import { offsetOutOfRange } from '../errors.ts'
import type { FetchedPartition, FetchOptions, FetchPartition } from '../port.ts'
import { errorName } from '../protocol/error-names.ts'
import { type FetchAnswerPartition, fetchRequest } from '../protocol/fetch.ts'
import { listOffsets } from './list-offsets.ts'
import { askLeaders } from './per-partition.ts'

export async function fetchRecords(cluster: Cluster, directory: TopicDirectory, partitions: readonly FetchPartition[], options: FetchOptions, signal?: AbortSignal): Promise<readonly FetchedPartition[]> {
  const answers = new Map<string, FetchAnswerPartition>()
  const fetching = cluster.retried(`a fetch of ${partitions.length} partitions`, () =>
    askLeaders<FetchPartition, FetchAnswerPartition>(
      {
        cluster,
        directory,
        partitions,
        async ask(leader, of) {
          const names = new Map(of.map(p => [p.topicId, p.topic]))
          const { errorCode, partitions: answered } = await cluster.sendFetch(leader, fetchRequest(of, options), signal)
          cluster.check(errorCode, 'a fetch')
          return answered.map(a => ({ at: { topic: names.get(a.topicId) ?? '', partition: a.partition }, errorCode: a.errorCode, answer: a }))
        },
        async refuse(partition, errorCode) {
          if (errorName(errorCode) !== 'OFFSET_OUT_OF_RANGE') return
          const [first] = await listOffsets(cluster, directory, [partition], 'earliest')
          const [last] = await listOffsets(cluster, directory, [partition], 'latest')
          throw offsetOutOfRange(partition.topic, partition.partition, partition.offset, first!.offset ?? 0n, last!.offset ?? 0n)
        },
      },
      answers,
    ), signal)
  if (!(await settledBefore(fetching, signal))) return []
  return partitions.map(({ topic, partition }) => {
    const { records, highWatermark, lastStableOffset, logStart, aborted } = answers.get(partitionKey(topic, partition))!
    return { topic, partition, records, highWatermark, lastStableOffset, logStart, aborted }
  })
}

/** Waits for the work, or no longer than the signal allows; false when the signal aborted. */
async function settledBefore(work: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) {
    await work
    return true
  }
  let aborted = (): void => undefined
  const abort = new Promise<void>(resolve => (aborted = resolve))
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  try {
    await Promise.race([work, abort])
    return !signal.aborted
  } catch (error) {
    if (signal.aborted) return false
    throw error
  } finally {
    signal.removeEventListener('abort', aborted)
    // What is not waited for any more may still fail, which then is nobody's business.
    work.catch(() => undefined)
  }
}
