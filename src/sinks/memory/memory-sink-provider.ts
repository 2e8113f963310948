import { makeError } from '../../common/errors.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { batchesOfParts, CollectWriter } from '../collect-writer.ts'
import { DriverSink } from '../driver-sink.ts'
import type { SinkOutput, SinkProvider } from '../sink.ts'
import { isMemorySink, type MemorySink } from './memory-sink.ts'

export const memorySinkOptions = optionTable({
  id: required(option.text('', 'Id of the live MemorySink.')),
})

class OpenMemorySink extends DriverSink {
  readonly description = 'memory'
  readonly #target: MemorySink
  readonly #complete: boolean

  constructor(target: MemorySink, complete: boolean) {
    super()
    this.#target = target
    this.#complete = complete
  }

  resume(committed: number): void {
    // In complete mode the next batch gives everything again.
    if (this.#complete || this.#target.holds(committed)) return
    throw makeError('SINK_CANNOT_RESUME', `The memory sink does not hold batches up to ${committed} of the checkpoint: it was made anew, and their rows would be missing. Start on a new checkpointLocation, use output mode "complete", or a sink that lasts.`, {
      context: { committed },
    })
  }

  async deliver(output: SinkOutput): Promise<void> {
    this.#target.put({ batchId: output.batchId, batches: batchesOfParts(output.parts), isReplay: output.isReplay }, this.#complete)
  }
}

/** Delivers into a {@link MemorySink}. Per process only: nothing survives its end. */
export const memorySinkProvider: SinkProvider = Object.freeze({
  name: 'memory',
  modes: outputModes,
  kind: 'sink',
  async open(options, environment) {
    const { id } = resolveOptions(memorySinkOptions, options, 'sink "memory"')
    return new OpenMemorySink(liveObject(environment.live, id, 'memory sink', isMemorySink), environment.outputMode === 'complete')
  },
  writer: async (_options, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)
