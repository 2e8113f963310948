import { type OptionsOf, resolveOptions } from '../../common/options.ts'
import { consoleSinkOptions } from '../../sinks/console/console-sink.ts'
import type { ForeachBatchFunction } from '../../sinks/foreach/foreach-batch-sink.ts'
import type { ForeachWriter } from '../../sinks/foreach/foreach-sink.ts'
import type { BatchSubject } from '../../sinks/observable/observable-sink.ts'
import { liveReference, type SinkConnector, sinkConnector } from '../connector.ts'

export type ConsoleSinkOptions = OptionsOf<typeof consoleSinkOptions>

/** Prints each batch as a table once it is committed. */
export function consoleSink(options: ConsoleSinkOptions = {}): SinkConnector {
  return sinkConnector('console', options, o => void resolveOptions(consoleSinkOptions, o, 'sink "console"'))
}

/** Computes everything and keeps nothing: for measuring. */
export function noop(): SinkConnector {
  return sinkConnector('noop', {}, () => {})
}

/**
 * A function of the program for each batch. It runs on the driver and may be a closure; the batch is committed when what
 * it returns is settled. After a crash a batch may come again, with the same input and `isReplay`.
 */
export function foreachBatch<R>(run: ForeachBatchFunction<R>): SinkConnector<R> {
  if (typeof run !== 'function') throw new TypeError('foreachBatch() takes a function of a batch and its context.')
  return sinkConnector('foreachBatch', {}, () => {}, liveReference('foreach-batch', run))
}

/** An object with process(row), called on the driver for each row, and open() and close() around a partition. */
export function foreach<R>(writer: ForeachWriter<R>): SinkConnector<R> {
  if (typeof (writer as { process?: unknown } | undefined)?.process !== 'function') throw new TypeError('foreach() takes an object with process(row).')
  return sinkConnector('foreach', {}, () => {}, liveReference('foreach', writer))
}

/** Tells a subject of each batch once it is committed, one value a batch. DataFrame.toObservable() makes one of its own. */
export function observableSink<R>(subject: BatchSubject<R>): SinkConnector<R> {
  if (typeof (subject as { next?: unknown } | undefined)?.next !== 'function') throw new TypeError('observableSink() takes a subject with next() and complete().')
  return sinkConnector('observable', {}, () => {}, liveReference('subject', subject))
}
