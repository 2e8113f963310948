import { rowsOf, type Row } from '../../columnar/values.ts'
import { liveObject } from '../../common/live-objects.ts'
import { outputModes } from '../../common/output-mode.ts'
import { batchesOfParts, CollectWriter } from '../../sinks/collect-writer.ts'
import { DriverSink } from '../../sinks/driver-sink.ts'
import type { SinkOutput, SinkProvider } from '../../sinks/sink.ts'
import type { External } from './external.ts'

/** What was delivered, in order: as a foreachBatch function that writes to somewhere would have it. */
export class Deliveries {
  readonly kind = 'Deliveries'
  readonly list: { readonly batchId: number; readonly rows: readonly Row[]; readonly isReplay: boolean }[] = []
}

/** The end of a process that reaches {@link Deliveries}. */
export class DeliveryClient {
  readonly kind = 'DeliveryClient'
  readonly #external: External
  readonly #deliveries: Deliveries

  constructor(external: External, deliveries: Deliveries) {
    this.#external = external
    this.#deliveries = deliveries
  }

  deliver(output: SinkOutput): Promise<void> {
    const rows = batchesOfParts(output.parts).flatMap(rowsOf)
    return this.#external.call('deliver', () => {
      this.#deliveries.list.push({ batchId: output.batchId, rows, isReplay: output.isReplay })
    })
  }
}

class DeliverySink extends DriverSink {
  readonly description = 'deliveries'
  readonly #client: DeliveryClient

  constructor(client: DeliveryClient) {
    super()
    this.#client = client
  }

  deliver(output: SinkOutput): Promise<void> {
    return this.#client.deliver(output)
  }
}

/** A sink without look-up, as foreachBatch is, whose receiver outlives the process. */
export const deliverySinkProvider: SinkProvider = Object.freeze({
  name: 'torture-deliveries',
  modes: outputModes,
  kind: 'sink',
  open: async (options, environment) => new DeliverySink(liveObject(environment.live, options['id'] as string, 'delivery client', isClient)),
  writer: async (_options, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)

function isClient(value: unknown): value is DeliveryClient {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'DeliveryClient'
}
