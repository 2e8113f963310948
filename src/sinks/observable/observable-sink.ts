import { rowsOf, type Row } from '../../columnar/values.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import { outputModes } from '../../common/output-mode.ts'
import { batchesOfParts, CollectWriter } from '../collect-writer.ts'
import type { ObservedOutput, ObserverSink, SinkProvider } from '../sink.ts'

/** What an observer of a query is told: the rows of one committed batch. */
export interface ObservedBatch<R = Row> {
  readonly batchId: number
  readonly rows: readonly R[]
  readonly isReplay: boolean
}

/** The part of an RxJS Subject that we use. */
export interface BatchSubject<R = Row> {
  next(batch: ObservedBatch<R>): void
  complete(): void
}

export const observableSinkOptions = optionTable({
  id: required(option.text('', 'Id of the live subject.')),
})

/** Tells a subject of each batch, one value a batch, once it is committed: nothing shown is ever taken back. */
class ObservableSink implements ObserverSink {
  readonly description = 'observable'
  readonly #subject: BatchSubject

  constructor(subject: BatchSubject) {
    this.#subject = subject
  }

  observe(output: ObservedOutput): void {
    const { batchId, isReplay } = output
    this.#subject.next(Object.freeze({ batchId, isReplay, rows: Object.freeze(batchesOfParts(output.parts).flatMap(rowsOf)) }))
  }

  async close(): Promise<void> {
    this.#subject.complete()
  }
}

function isSubject(value: unknown): value is BatchSubject {
  return typeof value === 'object' && value !== null && typeof (value as { next?: unknown }).next === 'function' && typeof (value as { complete?: unknown }).complete === 'function'
}

export const observableSinkProvider: SinkProvider = Object.freeze({
  name: 'observable',
  modes: outputModes,
  kind: 'observer',
  async open(given, environment) {
    const { id } = resolveOptions(observableSinkOptions, given, 'sink "observable"')
    return new ObservableSink(liveObject(environment.live, id, 'subject', isSubject))
  },
  writer: async (_given, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)
