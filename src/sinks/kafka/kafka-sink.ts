import { isMillraceError, makeError, type MillraceError } from '../../common/errors.ts'
import type { ErrorCode } from '../../common/error-codes.ts'
import type { Ports } from '../../common/ports.ts'
import { randomHex } from '../../common/random.ts'
import type { KafkaPort, ProduceBatch, TransactionalProducer } from '../../clients/kafka/port.ts'
import type { Marker, Sink, SinkOutput } from '../sink.ts'
import type { SinkMarker } from './marker.ts'
import { MarkerLog } from './marker-log.ts'
import { markerBatch } from './marker-batch.ts'
import { endingWith, requestsOf } from './requests.ts'

export interface KafkaSinkSettings {
  readonly description: string
  readonly queryId: string
  /** Of the sink, or of the first of those that share the transaction. */
  readonly name: string
  readonly transactionalIdPrefix: string
  readonly transactionTimeoutMs: number
  readonly maxRequestBytes: number
}

/** Attempts at writing the fence's marker, and the pause before the second. */
const fenceAttempts = 6
const fencePauseMs = 50

/** What a transaction that somebody else's hangs in is given beyond our own timeout. */
const patienceMs = 30_000

/**
 * Exactly-once into Kafka: the rows of a batch and its marker are one transaction of one producer.
 *
 *   fence    initialise the producer (whatever an older one left open is aborted, and it can commit no more), read the
 *            newest committed marker up to the end that the log has now, refuse if its epoch is greater, and write the
 *            marker again with our epoch, in a transaction
 *   commit   begin; rows, with the last of them the marker (batch, token, epoch, incarnation); commit
 *
 * Initialising alone would let an older process displace a newer one: the displaced one finds its transaction refused,
 * fences again with its own epoch, and goes on, while the older one finds the greater epoch and stops. Every outcome that
 * is not known for sure is answered as `unknown`, and settled by the engine in this very way.
 */
export class KafkaSink implements Sink {
  readonly description: string
  readonly capabilities = Object.freeze({ lookup: true, resumable: false })
  readonly #port: KafkaPort
  readonly #ports: Ports
  readonly #settings: KafkaSinkSettings
  readonly #transactionalId: string
  readonly #log: MarkerLog
  /** Tells our own marker from that of another process with the same epoch. */
  readonly #writer: string
  /** Undefined before the fence, and once an outcome was unknown. */
  #producer: TransactionalProducer | undefined
  /** The marker as we know it to be; undefined before the fence. */
  #marker: SinkMarker | undefined
  /** The batch whose transaction ran into its timeout once already. */
  #expired: string | undefined

  private constructor(port: KafkaPort, ports: Ports, settings: KafkaSinkSettings) {
    const { queryId, name, transactionalIdPrefix: prefix, transactionTimeoutMs } = settings
    this.description = settings.description
    this.#port = port
    this.#ports = ports
    this.#settings = settings
    this.#transactionalId = `${prefix}.${queryId}.${name}`
    this.#writer = randomHex(ports.random, 8)
    this.#log = new MarkerLog(port, ports.clock, { topic: `${prefix}.commits`, key: `${queryId}/${name}`, patienceMs: transactionTimeoutMs + patienceMs })
  }

  /** The sink closes the port. */
  static async open(port: KafkaPort, ports: Ports, settings: KafkaSinkSettings): Promise<KafkaSink> {
    const sink = new KafkaSink(port, ports, settings)
    await sink.#log.create()
    return sink
  }

  epoch(): Promise<number> {
    return this.#log.greatestEpoch()
  }

  async fence(epoch: number): Promise<{ readonly last: Marker | null; readonly incarnation: string }> {
    for (let attempt = 0; attempt < fenceAttempts; attempt++) {
      if (attempt > 0) await this.#ports.clock.sleep(fencePauseMs * 2 ** (attempt - 1))
      this.#producer = undefined
      const producer = await this.#port.transactional(this.#transactionalId, this.#settings.transactionTimeoutMs)
      const found = await this.#log.newest()
      if (found !== null && (found.epoch > epoch || (found.epoch === epoch && found.writer !== this.#writer))) throw this.#fenced(epoch, found.epoch)
      const marker: SinkMarker = {
        batch: found?.batch ?? null,
        token: found?.token ?? null,
        epoch,
        incarnation: found?.incarnation ?? randomHex(this.#ports.random, 16),
        writer: this.#writer,
      }
      if (!(await this.#transaction(producer, [], marker))) continue
      this.#producer = producer
      this.#marker = marker
      return { last: lastOf(marker), incarnation: marker.incarnation }
    }
    throw makeError('SINK_COMMIT_FAILED', `Sink ${this.description} could not say for sure that epoch ${epoch} was accepted, ${fenceAttempts} times: the brokers did not answer, or two queries with one identity are taking it from each other. Start the query again once the brokers answer.`, {
      context: { sink: this.description, epoch, transactionalId: this.#transactionalId },
    })
  }

  async stage(): Promise<void> {}

  async commit(output: SinkOutput): Promise<'done' | 'already' | 'unknown'> {
    const { batchId, token, epoch } = output
    const { clock } = this.#ports
    const before = this.#marker
    if (before === undefined || before.epoch !== epoch) throw this.#fenced(epoch, before?.epoch ?? 0)
    if (before.batch !== null && before.batch >= batchId) {
      if (before.batch === batchId && before.token === token) return 'already'
      throw this.#tokenMismatch(output, before)
    }
    const producer = this.#producer
    // An earlier outcome is still open.
    if (producer === undefined) return 'unknown'
    const begun = clock.monotonic()
    const marker: SinkMarker = { ...before, batch: batchId, token }
    if (await this.#transaction(producer, requestsOf(output.parts, this.#settings.maxRequestBytes), marker)) {
      this.#marker = marker
      this.#expired = undefined
      return 'done'
    }
    this.#producer = undefined
    if (clock.monotonic() - begun >= this.#settings.transactionTimeoutMs) this.#noteExpired(output, clock.monotonic() - begun)
    return 'unknown'
  }

  async hasStaged(): Promise<boolean> {
    return false
  }

  async sweep(): Promise<void> {}

  async close(): Promise<void> {
    await this.#port.close()
  }

  /**
   * Rows and marker as one transaction. False: whether it happened must be found out. Throws when it certainly has not, and
   * would not the next time.
   */
  async #transaction(producer: TransactionalProducer, requests: Iterable<readonly ProduceBatch[]>, marker: SinkMarker): Promise<boolean> {
    const last = markerBatch(this.#log, marker, this.#ports.clock.now())
    try {
      producer.begin()
      for (const request of endingWith(last, requests)) await producer.send(request)
    } catch (error) {
      if (isUncertain(error)) return false
      // What the abort comes to does not matter: the producer is initialised again before it is used.
      this.#producer = undefined
      await producer.abort().catch(() => undefined)
      throw error
    }
    try {
      await producer.commit()
      return true
    } catch (error) {
      // Only this one says that the transaction was never committed, and it is not told from one that ran into its timeout.
      if (isMillraceError(error)) return false
      throw error
    }
  }

  /** A batch that cannot be sent within the timeout would be sent for ever. */
  #noteExpired({ batchId, token }: SinkOutput, elapsedMs: number): void {
    const { transactionTimeoutMs } = this.#settings
    if (this.#expired !== token) {
      this.#expired = token
      return
    }
    throw makeError('SINK_COMMIT_FAILED', `Sink ${this.description} needs more than the transactionTimeout of ${transactionTimeoutMs / 1000} s to send batch ${batchId} (${(elapsedMs / 1000).toFixed(1)} s, twice), so the broker aborts it. Raise transactionTimeout, up to the brokers' transaction.max.timeout.ms, or limit the size of a batch at its source.`, {
      context: { sink: this.description, batchId, transactionTimeoutMs, elapsedMs },
    })
  }

  #fenced(epoch: number, newest: number): MillraceError {
    return makeError('CHECKPOINT_FENCED', `Sink ${this.description} has accepted a writer with epoch ${newest}; this one has ${epoch}. The query was started a second time: stop one of the two.`, {
      context: { sink: this.description, transactionalId: this.#transactionalId, epoch, newest },
    })
  }

  #tokenMismatch(output: SinkOutput, last: SinkMarker): MillraceError {
    return makeError('SINK_TOKEN_MISMATCH', `Sink ${this.description} has batch ${last.batch} with another token than this query has for batch ${output.batchId}. The checkpoint and the topics do not belong together: restore the checkpoint that fits, or start with new ones.`, {
      context: { sink: this.description, batchId: output.batchId, token: output.token, lastBatchId: last.batch, lastToken: last.token },
    })
  }
}

/** Errors after which the transaction may be open, gone, or displaced: initialising anew tells. */
const uncertain: ReadonlySet<ErrorCode> = new Set(['KAFKA_OUTCOME_UNKNOWN', 'KAFKA_PRODUCER_FENCED'])

function isUncertain(error: unknown): boolean {
  return isMillraceError(error) && (uncertain.has(error.code) || error.retryable)
}

function lastOf({ batch, token }: SinkMarker): Marker | null {
  return batch === null || token === null ? null : { batchId: batch, token }
}
