import type { NewTopic } from '../port.ts'
import { apis, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

/** Answers error code and the broker's words. */
export function createTopicsRequest(topic: NewTopic, timeoutMs: number): KafkaRequest<{ readonly errorCode: number; readonly message: string | null }> {
  const w = new RequestWriter()
  w.array([topic], t =>
    w.string(t.topic)
      .int32(t.partitions)
      .int16(t.replicationFactor ?? -1)
      .array([], () => undefined) // assignments
      .array(Object.entries(t.config ?? {}), ([key, value]) => w.string(key).string(value).end())
      .end())
    .int32(timeoutMs)
    .boolean(false) // validate only
    .end()
  return flexibleRequest(apis.createTopics, w.finish(), r => {
    r.int32() // throttle time
    const [result] = r.array(() => {
      r.string()
      r.uuid()
      const answer = { errorCode: r.int16(), message: r.nullableString() }
      r.int32() // partitions
      r.int16() // replication factor
      r.array(() => {
        r.string()
        r.nullableString()
        r.boolean()
        r.int8()
        r.boolean()
        r.end()
      })
      r.end()
      return answer
    })
    return result ?? { errorCode: -1, message: null }
  })
}
