import { beforeAll, describe, it } from 'vitest'
import type { BrokerState } from '../../scripts/kafka/broker.ts'
import type { KafkaConnection } from '../../src/clients/kafka/port.ts'
import { brokerMissing, sharedBroker } from './kafka-broker.ts'

export { type OwnBroker, startOwnBroker } from './kafka-broker.ts'

/** Set where a missing broker must fail instead of skip. */
const required = process.env['MILLRACE_KAFKA_REQUIRED'] === '1'

export interface TestKafka {
  /** Known from `beforeAll` on. */
  readonly state: BrokerState
  /** host:port of the plain listener. */
  readonly bootstrap: string
  readonly connection: KafkaConnection
  /** A name that no other test has. */
  topic(name?: string): string
}

let topics = 0

/** Tests on the real broker that all Kafka tests share. Without Java and Maven they are skipped, and say how to have them. */
export function describeKafka(name: string, tests: (kafka: TestKafka) => void): void {
  const missing = brokerMissing()
  if (missing !== undefined && !required) {
    describe.skip(`${name} (skipped: ${missing})`, () => {
      it('needs a Kafka broker', () => undefined)
    })
    return
  }
  let state: BrokerState | undefined
  const known = (): BrokerState => {
    if (state === undefined) throw new Error('The broker is known from beforeAll on, not while tests are described.')
    return state
  }
  describe(name, () => {
    // The first start collects jars.
    beforeAll(async () => {
      if (missing !== undefined) throw new Error(missing)
      state = await sharedBroker()
    }, 600_000)
    tests({
      get state() {
        return known()
      },
      get bootstrap() {
        return known().bootstrap
      },
      get connection() {
        return connectionTo(known().bootstrap)
      },
      topic: (label = 'topic') => `${label}-${process.pid}-${Date.now()}-${topics++}`,
    })
  })
}

/** Time enough for a machine whose cores are all busy. */
export function connectionTo(broker: string, more: Partial<KafkaConnection> = {}): KafkaConnection {
  return { brokers: [broker], clientId: 'millrace-test', connectionTimeoutMs: 20_000, requestTimeoutMs: 30_000, ...more }
}
