import { assert } from '../../../common/assert.ts'
import { partitionKey } from '../cluster/by-leader.ts'
import { PassingFailure } from '../connection/failure.ts'
import { isMillraceError } from '../../../common/errors.ts'
import { outcomeUnknown, unknownTopic } from '../errors.ts'
import type { ProduceBatch, TransactionalProducer } from '../port.ts'
import { errorName, isUnknownTopic } from '../protocol/error-names.ts'
import { addPartitionsToTxnRequest, endTxnRequest } from '../protocol/transactions.ts'
import type { ProducerSession } from './producer-session.ts'
import { Serial } from './serial.ts'

/**
 * Transactions of one transactional id (protocol of transaction version 1, which brokers up to the newest speak). Whenever an
 * answer was lost on the way, the epoch is raised before the next transaction.
 */
export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #session: ProducerSession
  readonly #id: string
  readonly #serial = new Serial()
  /** Partitions that the coordinator knows to be part of the open transaction. */
  readonly #added = new Set<string>()
  #state: 'ready' | 'open' | 'dead' = 'ready'

  constructor(session: ProducerSession, transactionalId: string) {
    this.#session = session
    this.#id = transactionalId
  }

  begin(): void {
    this.#expect('ready')
    this.#state = 'open'
  }

  send(batches: readonly ProduceBatch[]): Promise<void> {
    return this.#serial.run(async () => {
      this.#expect('open')
      if (batches.length === 0) return
      await this.#orDead(async () => {
        if (this.#added.size === 0) await this.#session.ensureSound()
        await this.#add(batches)
        await this.#session.send(batches)
      })
    })
  }

  commit(): Promise<void> {
    return this.#end('commit')
  }

  abort(): Promise<void> {
    return this.#end('abort')
  }

  #end(outcome: 'commit' | 'abort'): Promise<void> {
    return this.#serial.run(async () => {
      this.#expect('open')
      // Brokers refuse the end of a transaction without partitions, as they do not know that it began.
      if (this.#added.size > 0) await this.#orDead(() => this.#endTxn(outcome))
      this.#added.clear()
      this.#state = 'ready'
    })
  }

  async #add(batches: readonly ProduceBatch[]): Promise<void> {
    const named = new Map(batches.map(b => [partitionKey(b.topic, b.partition), b]))
    const fresh = [...named].flatMap(([key, batch]) => (this.#added.has(key) ? [] : [batch]))
    if (fresh.length === 0) return
    const { cluster } = this.#session
    const what = `a transaction of "${this.#id}" over ${fresh.length} partitions`
    let unknown = 0
    await cluster.retried(what, async tries => {
      if (tries.sentBefore) this.#session.doubt()
      const results = await cluster.coordinator(this.#id, 'transaction', addPartitionsToTxnRequest(this.#id, this.#session.identity, fresh))
      // One that is refused makes the others OPERATION_NOT_ATTEMPTED, which says nothing.
      for (const { errorCode, topic } of results) {
        const name = errorName(errorCode)
        if (name === 'OPERATION_NOT_ATTEMPTED' || name === 'NONE') continue
        // A coordinator may hear of a new topic a little later.
        if (isUnknownTopic(name)) {
          if (++unknown < 4) throw new PassingFailure(`the topic "${topic}" is not known`)
          throw unknownTopic(topic)
        }
        this.#session.checkTransaction(errorCode, what)
      }
    })
    for (const { topic, partition } of fresh) this.#added.add(partitionKey(topic, partition))
  }

  /** Repeated after lost answers: an end that is repeated is answered like the first. */
  async #endTxn(outcome: 'commit' | 'abort'): Promise<void> {
    const { cluster } = this.#session
    const what = `the ${outcome} of a transaction of "${this.#id}"`
    try {
      await cluster.retriedOrPassing(async tries => {
        if (tries.sentBefore) this.#session.doubt()
        const errorCode = await cluster.coordinator(this.#id, 'transaction', endTxnRequest(this.#id, this.#session.identity, outcome))
        try {
          this.#session.checkTransaction(errorCode, what)
        } catch (error) {
          if (error instanceof PassingFailure) throw new PassingFailure(error.message, { answer: error.answer, sent: !notBegun.has(error.answer ?? '') })
          // The end may have been reached by the try before, and somebody newer come after it.
          if (tries.sentBefore) throw outcomeUnknown(what, `an answer was lost, then came ${errorName(errorCode)}`, error)
          throw error
        }
      })
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error
      throw error.sent ? outcomeUnknown(what, error.message, error) : cluster.gaveUp(what, error)
    }
  }

  /** After these the producer must not go on: nobody knows what of it counts. */
  async #orDead(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#session.doubt()
      if (!isMillraceError(error) || !abortable.has(error.code)) this.#state = 'dead'
      throw error
    }
  }

  #expect(state: 'ready' | 'open'): void {
    assert(this.#state === state, `A transactional producer that is ${this.#state} was used as if it were ${state}.`, { transactionalId: this.#id })
  }
}

/** The transaction may still be aborted. */
const abortable: ReadonlySet<string> = new Set(['KAFKA_RECORD_TOO_LARGE', 'KAFKA_UNKNOWN_TOPIC', 'KAFKA_PROTOCOL', 'KAFKA_AUTHORIZATION_FAILED'])

/** Answers of a coordinator that did not begin with what it was asked for. */
const notBegun: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'])
