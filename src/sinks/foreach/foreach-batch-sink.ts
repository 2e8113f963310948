import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { rowsOf, type Row } from '../../columnar/values.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { runUserCode } from '../../common/user-code.ts'
import { batchesOfParts, CollectWriter } from '../collect-writer.ts'
import { DriverSink } from '../driver-sink.ts'
import type { SinkEnvironment, SinkOutput, SinkProvider } from '../sink.ts'
import { userFunctionFailed } from './user-function.ts'

/** The rows of one batch, as columns and on demand as objects. */
export interface ForeachBatchRows<R = Row> {
  readonly schema: Schema
  readonly batches: readonly RecordBatch[]
  readonly numRows: number
  rows(): R[]
}

/** Identifies a delivery. After a crash the same batchId may come again, with the same input and `isReplay`. */
export interface ForeachBatchContext {
  readonly queryId: string
  readonly batchId: number
  /** Differs between attempts whose rows may differ: store it with what you write. */
  readonly token: string
  readonly epoch: number
  readonly isReplay: boolean
}

/** Runs on the driver and may be a closure. What it returns is awaited: the batch is committed after it. */
export type ForeachBatchFunction<R = Row> = (batch: ForeachBatchRows<R>, context: ForeachBatchContext) => void | Promise<void>

export const foreachBatchSinkOptions = optionTable({
  id: required(option.text('', 'Id of the live function.')),
})

class ForeachBatchSink extends DriverSink {
  readonly description = 'foreachBatch'
  readonly #run: ForeachBatchFunction
  readonly #environment: SinkEnvironment

  constructor(run: ForeachBatchFunction, environment: SinkEnvironment) {
    super()
    this.#run = run
    this.#environment = environment
  }

  async deliver(output: SinkOutput): Promise<void> {
    const { batchId, token, epoch, isReplay } = output
    const { queryId, schema } = this.#environment
    const batches = batchesOfParts(output.parts)
    const numRows = output.parts.reduce((n, part) => n + part.rows, 0)
    const rows: ForeachBatchRows = Object.freeze({ schema, batches, numRows, rows: () => batches.flatMap(rowsOf) })
    try {
      await runUserCode(queryId, () => this.#run(rows, Object.freeze({ queryId, batchId, token, epoch, isReplay })))
    } catch (error) {
      throw userFunctionFailed('foreachBatch', batchId, error)
    }
  }
}

function isFunction(value: unknown): value is ForeachBatchFunction {
  return typeof value === 'function'
}

export const foreachBatchSinkProvider: SinkProvider = Object.freeze({
  name: 'foreachBatch',
  modes: outputModes,
  kind: 'sink',
  async open(given, environment) {
    const { id } = resolveOptions(foreachBatchSinkOptions, given, 'sink "foreachBatch"')
    return new ForeachBatchSink(liveObject(environment.live, id, 'foreachBatch function', isFunction), environment)
  },
  writer: async (_given, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)
