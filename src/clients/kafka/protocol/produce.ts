import type { ProduceBatch, TopicPartition } from '../port.ts'
import { apis, byTopic, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

export interface ProducedPartition extends TopicPartition {
  readonly errorCode: number
  /** The broker's words, where it has any. */
  readonly message: string | null
}

/** One record batch for each partition: a broker refuses more. Acknowledged by all in-sync replicas. */
export function produceRequest(transactionalId: string | null, batches: readonly ProduceBatch[], timeoutMs: number): KafkaRequest<readonly ProducedPartition[]> {
  const bytes = batches.reduce((sum, b) => sum + b.records.length + 64, 256)
  const w = new RequestWriter(bytes)
  w.string(transactionalId)
    .int16(-1) // acks: all
    .int32(timeoutMs)
    .array(byTopic(batches), ([topic, of]) => w.string(topic).array(of, b => w.int32(b.partition).bytes(b.records).end()).end())
    .end()
  return flexibleRequest(apis.produce, w.finish(), r => {
    const answered = r.array(() => {
      const topic = r.string()
      const of = r.array(() => {
        const head = { topic, partition: r.int32(), errorCode: r.int16() }
        r.int64() // base offset
        r.int64() // log append time
        r.int64() // log start
        const records = r.array(() => {
          const record = { index: r.int32(), message: r.nullableString() }
          r.end()
          return record
        })
        const message = r.nullableString()
        r.end()
        const first = records[0]
        return { ...head, message: first === undefined ? message : `${first.message ?? message ?? ''} (record ${first.index} of its batch)` }
      })
      r.end()
      return of
    })
    return answered.flat()
  })
}
