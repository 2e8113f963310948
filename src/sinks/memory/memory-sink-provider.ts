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
