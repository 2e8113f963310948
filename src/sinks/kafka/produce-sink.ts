import type { BatchProducer, KafkaPort } from '../../clients/kafka/port.ts'
import { DriverSink } from '../driver-sink.ts'
import type { SinkOutput } from '../sink.ts'
import { requestsOf } from './requests.ts'

/** At-least-once into Kafka: an idempotent producer, no transaction, no marker. A batch in doubt at a crash comes again. */
export class ProduceSink extends DriverSink {
  readonly description: string
  readonly #port: KafkaPort
  readonly #maxRequestBytes: number
  #producer: BatchProducer | undefined

  constructor(port: KafkaPort, settings: { readonly description: string; readonly maxRequestBytes: number }) {
    super()
    this.description = settings.description
    this.#port = port
    this.#maxRequestBytes = settings.maxRequestBytes
  }

  async deliver(output: SinkOutput): Promise<void> {
    try {
      for (const request of requestsOf(output.parts, this.#maxRequestBytes)) {
        this.#producer ??= await this.#port.idempotent()
        await this.#producer.send(request)
      }
    } catch (error) {
      // Its sequence numbers may no longer be those of the broker.
      this.#producer = undefined
      throw error
    }
  }

  override async close(): Promise<void> {
    await this.#port.close()
  }
}
