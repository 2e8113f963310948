import type { KafkaPort, ProduceBatch, TransactionalProducer } from '../../../src/clients/kafka/port.ts'

export interface Around {
  init?(act: () => Promise<TransactionalProducer>): Promise<TransactionalProducer>
  send?(act: () => Promise<void>, batches: readonly ProduceBatch[]): Promise<void>
  commit?(act: () => Promise<void>): Promise<void>
}

/** The port, with something done around the calls of its transactional producers. */
export function wrappedPort(port: KafkaPort, around: Around): KafkaPort {
  return {
    topics: names => port.topics(names),
    offsets: (partitions, at) => port.offsets(partitions, at),
    fetchRecords: (partitions, options, signal) => port.fetchRecords(partitions, options, signal),
    idempotent: () => port.idempotent(),
    commitGroupOffsets: (group, offsets) => port.commitGroupOffsets(group, offsets),
    createTopic: topic => port.createTopic(topic),
    close: () => port.close(),
    async transactional(transactionalId, timeoutMs) {
      const act = (): Promise<TransactionalProducer> => port.transactional(transactionalId, timeoutMs)
      const producer = await (around.init?.(act) ?? act())
      return {
        begin: () => producer.begin(),
        send: batches => around.send?.(() => producer.send(batches), batches) ?? producer.send(batches),
        commit: () => around.commit?.(() => producer.commit()) ?? producer.commit(),
        abort: () => producer.abort(),
      }
    },
  }
}
