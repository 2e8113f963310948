import type { FetchOptions } from '../port.ts'
import { apis, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'
import type { ResponseReader } from './response-reader.ts'

export interface FetchRequestPartition {
  readonly topicId: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly offset: bigint
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly partitions: readonly FetchAnswerPartition[]
}

export interface FetchAnswerPartition {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly logStart: bigint
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
  /** A view of the answer. */
  readonly records: Buffer
}

const none = Buffer.alloc(0)
const maxInt32 = 2 ** 31 - 1

/** Without a fetch session: ranges are read once, in whatever order the tasks come. */
export function fetchRequest(partitions: readonly FetchRequestPartition[], options: FetchOptions): KafkaRequest<FetchAnswer> {
  const topics = new Map<string, FetchRequestPartition[]>()
  for (const p of partitions) {
    const of = topics.get(p.topicId)
    if (of === undefined) topics.set(p.topicId, [p])
    else of.push(p)
  }
  const w = new RequestWriter(256 + 64 * partitions.length)
  w.int32(-1)
    .int32(options.maxWaitMs)
    .int32(options.minBytes)
    .int32(Math.min(maxInt32, options.maxBytes * partitions.length))
    .int8(options.isolation === 'read_committed' ? 1 : 0)
    .int32(0) // session
    .int32(-1) // its epoch: no session
    .array([...topics], ([id, of]) =>
      w.uuid(id)
        .array(of, p =>
          w.int32(p.partition)
            .int32(p.leaderEpoch)
            .int64(p.offset)
            .int32(-1) // epoch of the last fetch: we compare offsets ourselves
            .int64(-1n) // log start of a follower
            .int32(options.maxBytes)
            .end())
        .end())
    .array([], () => undefined) // forgotten topics
    .string('') // rack
    .end()
  const request = flexibleRequest(apis.fetch, w.finish(), readAnswer)
  return { ...request, waitMs: options.maxWaitMs }
}

function readAnswer(r: ResponseReader): FetchAnswer {
  r.int32() // throttle time
  const errorCode = r.int16()
  r.int32() // session
  const answered = r.array(() => {
    const topicId = r.uuid()
    const of = r.array(() => {
      const head = { topicId, partition: r.int32(), errorCode: r.int16(), highWatermark: r.int64(), lastStableOffset: r.int64(), logStart: r.int64() }
      const aborted = r.array(() => {
        const transaction = { producerId: r.int64(), firstOffset: r.int64() }
        r.end()
        return transaction
      })
      r.int32() // preferred read replica
      const records = r.nullableBytes() ?? none
      r.end()
      return { ...head, aborted, records }
    })
    r.end()
    return of
  })
  return { errorCode, partitions: answered.flat() }
}
