import { apis, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

export interface Metadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly errorCode: number
  readonly topic: string
  readonly topicId: string
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly errorCode: number
  readonly partition: number
  /** -1: none at the moment. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: number
  readonly inSync: number
}

const noId = '0'.repeat(32)

/** `null` asks for every topic; topics are never made by asking. */
export function metadataRequest(names: readonly string[] | null): KafkaRequest<Metadata> {
  const w = new RequestWriter()
  w.array(names, name => w.uuid(noId).string(name).end())
    .boolean(false)
    .boolean(false)
    .end()
  return flexibleRequest(apis.metadata, w.finish(), r => {
    r.int32() // throttle time
    const brokers = r.array(() => {
      const broker = { nodeId: r.int32(), host: r.string(), port: r.int32() }
      r.nullableString() // rack
      r.end()
      return broker
    })
    r.nullableString() // cluster id
    r.int32() // controller
    const topics = r.array(() => {
      const topic = { errorCode: r.int16(), topic: r.string(), topicId: r.uuid(), internal: r.boolean() }
      const partitions = r.array(() => {
        const head = { errorCode: r.int16(), partition: r.int32(), leader: r.int32(), leaderEpoch: r.int32() }
        const replicas = r.array(() => r.int32()).length
        const inSync = r.array(() => r.int32()).length
        r.array(() => r.int32()) // offline replicas
        r.end()
        return { ...head, replicas, inSync }
      })
      r.int32() // authorized operations
      r.end()
      return { ...topic, partitions: partitions.sort((a, b) => a.partition - b.partition) }
    })
    return { brokers, topics }
  })
}
