import { rowsOf, type Row } from '../../columnar/values.ts'
import type { Clock } from '../../common/clock.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { runUserCode } from '../../common/user-code.ts'
import { CollectWriter } from '../collect-writer.ts'
import { DriverSink } from '../driver-sink.ts'
import type { SinkOutput, SinkPart, SinkProvider } from '../sink.ts'
import { userFunctionFailed } from './user-function.ts'

/**
 * What a foreach sink does with each row. Runs on the driver and may be a closure. A batch may come twice after a
 * crash; (partition, batchId) recognises it as long as the number of partitions stays the same.
 */
export interface ForeachWriter<R = Row> {
  /** Called first for each partition of each batch; `false` leaves its rows out. */
  open?(partition: number, batchId: number): boolean | void | Promise<boolean | void>
  process(row: R): void | Promise<void>
  /** Called whenever open() returned, whatever it said; with the error when process() failed. */
  close?(error: unknown): void | Promise<void>
}

export const foreachSinkOptions = optionTable({
  id: required(option.text('', 'Id of the live ForeachWriter.')),
})

class ForeachSink extends DriverSink {
  readonly description = 'foreach'
  readonly #writer: ForeachWriter
  readonly #queryId: string
  readonly #clock: Clock

  constructor(writer: ForeachWriter, queryId: string, clock: Clock) {
    super()
    this.#writer = writer
    this.#queryId = queryId
    this.#clock = clock
  }

  async deliver(output: SinkOutput): Promise<void> {
    await runUserCode(this.#queryId, async () => {
      for (const part of [...output.parts].sort((a, b) => a.partition - b.partition)) await this.#partition(part, output.batchId)
    })
  }

  async #partition(part: SinkPart, batchId: number): Promise<void> {
    const call = async <T>(name: string, run: () => T | Promise<T>): Promise<T> => {
      try {
        return await run()
      } catch (error) {
        throw userFunctionFailed(`foreach ${name}()`, batchId, error)
      }
    }
    const wanted = await call('open', () => this.#writer.open?.(part.partition, batchId))
    let failure: unknown
    try {
      if (wanted !== false) await call('process', () => this.#process(part))
    } catch (error) {
      failure = error
    }
    try {
      await this.#writer.close?.(failure === undefined ? undefined : (failure as Error).cause)
    } catch (error) {
      // The first failure is the one that matters.
      failure ??= userFunctionFailed('foreach close()', batchId, error)
    }
    if (failure !== undefined) throw failure
  }

  async #process(part: SinkPart): Promise<void> {
    for (const batch of part.batches) {
      for (const row of rowsOf(batch)) {
        const done = this.#writer.process(row)
        if (done !== undefined) await done
      }
      await this.#clock.yield()
    }
  }
}

function isForeachWriter(value: unknown): value is ForeachWriter {
  return typeof value === 'object' && value !== null && typeof (value as { process?: unknown }).process === 'function'
}

export const foreachSinkProvider: SinkProvider = Object.freeze({
  name: 'foreach',
  modes: outputModes,
  kind: 'sink',
  async open(given, environment) {
    const { id } = resolveOptions(foreachSinkOptions, given, 'sink "foreach"')
    return new ForeachSink(liveObject(environment.live, id, 'foreach writer', isForeachWriter), environment.queryId, environment.ports.clock)
  },
  writer: async (_given, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)
