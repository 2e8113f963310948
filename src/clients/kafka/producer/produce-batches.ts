import { byLeader, partitionKey } from '../cluster/by-leader.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Tries } from '../cluster/retries.ts'
import type { TopicDirectory } from '../cluster/topic-directory.ts'
import { PassingFailure } from '../connection/failure.ts'
import { producerFenced, recordTooLarge } from '../errors.ts'
import type { ProduceBatch, TopicPartition } from '../port.ts'
import { errorName, isFenced, isUnknownTopic } from '../protocol/error-names.ts'
import { type ProducedPartition, produceRequest } from '../protocol/produce.ts'

/** Brokers remember the last five batches of a producer in a partition, which makes a repeated one harmless. */
const maxInFlight = 5
/** Below the broker's limit of a request (100 MiB) by far; batches themselves are mostly 1 MiB. */
const maxRequestBytes = 8 * 1024 * 1024

/** The stamped single batches of one partition that are not acknowledged yet, in order of sequence. */
export interface PartitionQueue extends TopicPartition {
  readonly batches: ProduceBatch[]
  /**
   * The partition has acknowledged something of this producer under its present epoch. Until then a broker takes any
   * sequence number as the first, so that a second batch would be let in after the first one was refused.
   */
  known: boolean
}

export interface Destination {
  readonly cluster: Cluster
  readonly directory: TopicDirectory
  readonly transactionalId: string | null
}

/**
 * One attempt to send all queues empty, to all leaders at once. What is acknowledged leaves its queue; the rest may be sent
 * again as it is: its sequence numbers say to the broker what it has already. @throws PassingFailure; QueryError
 * KAFKA_RECORD_TOO_LARGE, KAFKA_UNKNOWN_TOPIC, KAFKA_PRODUCER_FENCED
 */
export async function produceBatches(to: Destination, queues: readonly PartitionQueue[], tries: Tries): Promise<void> {
  const open = queues.filter(q => q.batches.length > 0)
  const located = (await to.directory.locate(open)).map(({ topic, partition, topicId, leader, leaderEpoch }, i) => ({ topic, partition, topicId, leader, leaderEpoch, queue: open[i] }))
  const leaders = await Promise.allSettled(byLeader(located).map(([leader, of]) => toLeader(to, leader, of.map(l => l.queue), tries)))
  const failures = leaders.flatMap(l => (l.status === 'rejected' ? [l.reason as unknown] : []))
  // What cannot pass decides; among what may, whatever may have arrived.
  const worst = failures.find(f => !(f instanceof PassingFailure)) ?? failures.find(f => f instanceof PassingFailure && f.sent) ?? failures[0]
  if (worst !== undefined) throw worst
}

async function toLeader({ cluster, directory, transactionalId }: Destination, leader: number, queues: readonly PartitionQueue[], tries: Tries): Promise<void> {
  while (queues.some(q => q.batches.length > 0)) {
    const requests = nextRequests(queues)
    // Sent without waiting: a connection keeps their order, and so does the broker, which gives up on slow followers before we
    // give up on it.
    const answers = await Promise.allSettled(requests.map(batches => cluster.node(leader, produceRequest(transactionalId, batches, Math.ceil(cluster.requestTimeoutMs / 2)))))
    const failed = new Map<string, Error>()
    answers.forEach((answer, i) => {
      const produced = answer.status === 'fulfilled' ? new Map(answer.value.map(p => [partitionKey(p.topic, p.partition), p])) : undefined
      for (const batch of requests[i]) {
        const key = partitionKey(batch.topic, batch.partition)
        // After one that failed, those behind it are out of order, which says nothing about them.
        if (failed.has(key)) continue
        const error = answer.status === 'rejected' ? (answer.reason as Error) : problem(cluster, transactionalId, batch, produced!.get(key))
        if (error !== undefined) {
          failed.set(key, error)
          continue
        }
        const queue = queues.find(q => q.topic === batch.topic && q.partition === batch.partition)!
        queue.batches.shift()
        queue.known = true
      }
    })
    if (answers.some(a => a.status === 'fulfilled') && failed.size < queues.length) tries.progressed()
    if (failed.size === 0) continue
    for (const queue of queues) if (failed.has(partitionKey(queue.topic, queue.partition))) directory.forget(queue.topic)
    const errors = [...failed.values()]
    throw errors.find(e => !(e instanceof PassingFailure)) ?? errors.find(e => e instanceof PassingFailure && e.sent) ?? errors[0]
  }
}

/** The first batches of all queues, then the second ones, …: cut into requests, at most one batch of a partition in each. */
export function nextRequests(queues: readonly PartitionQueue[]): ProduceBatch[][] {
  const requests: ProduceBatch[][] = []
  for (let depth = 0; requests.length < maxInFlight; depth++) {
    let current: ProduceBatch[] = []
    let bytes = 0
    for (const { batches, known } of queues) {
      const batch = known || depth === 0 ? batches[depth] : undefined
      if (batch === undefined) continue
      if (current.length > 0 && bytes + batch.records.length > maxRequestBytes) {
        requests.push(current)
        // The rest of this depth comes after what is acknowledged: a partition must not be overtaken by its own later batch.
        if (requests.length === maxInFlight) return requests
        current = []
        bytes = 0
      }
      current.push(batch)
      bytes += batch.records.length
    }
    if (current.length === 0) break
    requests.push(current)
  }
  return requests
}

function problem(cluster: Cluster, transactionalId: string | null, batch: ProduceBatch, produced: ProducedPartition | undefined): Error | undefined {
  const { topic, partition } = batch
  const what = `records for partition ${partition} of the topic "${topic}"`
  if (produced === undefined) return new PassingFailure(`a broker did not answer for ${what}`, { sent: true })
  const { errorCode, message } = produced
  const name = errorName(errorCode)
  if (name === 'NONE' || name === 'DUPLICATE_SEQUENCE_NUMBER') return undefined
  if (name === 'MESSAGE_TOO_LARGE' || name === 'RECORD_LIST_TOO_LARGE') return recordTooLarge(topic, partition, batch.records.length, errorCode, message)
  if (isUnknownTopic(name)) return new PassingFailure(`a broker answered ${name} to ${what}`, { answer: name })
  if (transactionalId !== null && isFenced(name)) return producerFenced(transactionalId, errorCode)
  // The leader has them, but not enough followers in time: they may stay or go.
  if (name === 'REQUEST_TIMED_OUT' || name === 'NOT_ENOUGH_REPLICAS_AFTER_APPEND') return new PassingFailure(`a broker answered ${name} to ${what}`, { answer: name, sent: true })
  try {
    cluster.check(errorCode, what, message)
  } catch (error) {
    return error as Error
  }
  return undefined
}
