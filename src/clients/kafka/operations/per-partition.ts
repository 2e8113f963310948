import { byLeader, partitionKey } from '../cluster/by-leader.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Located, TopicDirectory } from '../cluster/topic-directory.ts'
import { PassingFailure } from '../connection/failure.ts'
import { unknownTopic } from '../errors.ts'
import type { TopicPartition } from '../port.ts'
import { errorName, isUnknownTopic } from '../protocol/error-names.ts'

export interface Asked<P, A> {
  readonly cluster: Cluster
  readonly directory: TopicDirectory
  readonly partitions: readonly P[]
  /** Asks one leader. The answers may come in any order; what is missing is asked for again. */
  ask(leader: number, partitions: readonly (P & Located)[]): Promise<readonly { readonly at: TopicPartition; readonly errorCode: number; readonly answer: A }[]>
  /** Throws for an error that is none of leaders and topics. */
  refuse(partition: P & Located, errorCode: number, answer: A): void | Promise<void>
}

/**
 * One round of asking each leader for its partitions, into `answers`. Those that have an answer are not asked for again in the
 * next round. @throws PassingFailure while some have none; QueryError KAFKA_UNKNOWN_TOPIC
 */
export async function askLeaders<P extends TopicPartition & { readonly topicId?: string }, A>(asked: Asked<P, A>, answers: Map<string, A>): Promise<void> {
  const { cluster, directory } = asked
  const open = asked.partitions.filter(p => !answers.has(partitionKey(p.topic, p.partition)))
  const located = await directory.locate(open)
  let passing: PassingFailure | undefined
  const rounds = byLeader(located).map(async ([leader, of]) => {
    try {
      const results = await asked.ask(leader, of)
      const byKey = new Map(results.map(r => [partitionKey(r.at.topic, r.at.partition), r]))
      for (const partition of of) {
        const key = partitionKey(partition.topic, partition.partition)
        const result = byKey.get(key)
        if (result === undefined) passing ??= new PassingFailure(`broker ${leader} did not answer for partition ${partition.partition} of the topic "${partition.topic}"`)
        else if (result.errorCode === 0) answers.set(key, result.answer)
        else passing ??= await failure(partition, result.errorCode, result.answer)
      }
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error
      for (const { topic } of of) directory.forget(topic)
      passing ??= error
    }
  })
  const settled = await Promise.allSettled(rounds)
  for (const round of settled) if (round.status === 'rejected') throw round.reason
  if (passing !== undefined) throw passing

  async function failure(partition: P & Located, errorCode: number, answer: A): Promise<PassingFailure> {
    directory.forget(partition.topic)
    const name = errorName(errorCode)
    if (isUnknownTopic(name)) return new PassingFailure(`a broker answered ${name} for partition ${partition.partition} of the topic "${partition.topic}"`, { answer: name })
    await asked.refuse(partition, errorCode, answer)
    try {
      cluster.check(errorCode, `a request for partition ${partition.partition} of the topic "${partition.topic}"`)
    } catch (error) {
      if (error instanceof PassingFailure) return error
      throw error
    }
    throw unknownTopic(partition.topic)
  }
}
