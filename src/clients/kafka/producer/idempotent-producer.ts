import type { BatchProducer, ProduceBatch } from '../port.ts'
import type { ProducerSession } from './producer-session.ts'
import { Serial } from './serial.ts'

/** Sequence numbers without transactions: what is tried again arrives once, within one producer's life. */
export class IdempotentProducer implements BatchProducer {
  readonly #session: ProducerSession
  readonly #serial = new Serial()

  constructor(session: ProducerSession) {
    this.#session = session
  }

  send(batches: readonly ProduceBatch[]): Promise<void> {
    return this.#serial.run(async () => {
      if (batches.length === 0) return
      await this.#session.ensureSound()
      await this.#session.send(batches)
    })
  }
}
