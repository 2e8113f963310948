import type { TopicPartition } from '../port.ts'
import { apis, byTopic, flexibleRequest, type KafkaRequest, partitionErrors, type PartitionError } from './request.ts'
import { RequestWriter } from './request-writer.ts'

/** What a producer is to the brokers. An epoch that is not the newest of its id is refused. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly epoch: number
}

export const noIdentity: ProducerIdentity = Object.freeze({ producerId: -1n, epoch: -1 })

/**
 * With `noIdentity` it takes the transactional id over from whoever has it; with the current identity it raises the own
 * epoch, and is refused where somebody else has raised it (KIP-360).
 */
export function initProducerIdRequest(transactionalId: string | null, timeoutMs: number, current: ProducerIdentity): KafkaRequest<ProducerIdentity & { readonly errorCode: number }> {
  const w = new RequestWriter()
  w.string(transactionalId).int32(timeoutMs).int64(current.producerId).int16(current.epoch).end()
  return flexibleRequest(apis.initProducerId, w.finish(), r => {
    r.int32() // throttle time
    return { errorCode: r.int16(), producerId: r.int64(), epoch: r.int16() }
  })
}

export function addPartitionsToTxnRequest(transactionalId: string, identity: ProducerIdentity, partitions: readonly TopicPartition[]): KafkaRequest<readonly PartitionError[]> {
  const w = new RequestWriter()
  w.string(transactionalId)
    .int64(identity.producerId)
    .int16(identity.epoch)
    .array(byTopic(partitions), ([topic, of]) => w.string(topic).array(of, p => w.int32(p.partition)).end())
    .end()
  return flexibleRequest(apis.addPartitionsToTxn, w.finish(), r => {
    r.int32() // throttle time
    return partitionErrors(r)
  })
}

/** Answers the error code. */
export function endTxnRequest(transactionalId: string, identity: ProducerIdentity, outcome: 'commit' | 'abort'): KafkaRequest<number> {
  const w = new RequestWriter()
  w.string(transactionalId).int64(identity.producerId).int16(identity.epoch).boolean(outcome === 'commit').end()
  return flexibleRequest(apis.endTxn, w.finish(), r => {
    r.int32() // throttle time
    return r.int16()
  })
}
