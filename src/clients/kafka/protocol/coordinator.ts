import { apis, flexibleRequest, type KafkaRequest } from './request.ts'
import { RequestWriter } from './request-writer.ts'

export interface Coordinator {
  readonly errorCode: number
  readonly message: string | null
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

export type CoordinatorKind = 'group' | 'transaction'

export function findCoordinatorRequest(key: string, kind: CoordinatorKind): KafkaRequest<Coordinator> {
  const w = new RequestWriter()
  w.string(key).int8(kind === 'group' ? 0 : 1).end()
  return flexibleRequest(apis.findCoordinator, w.finish(), r => {
    r.int32() // throttle time
    return { errorCode: r.int16(), message: r.nullableString(), nodeId: r.int32(), host: r.string(), port: r.int32() }
  })
}
