import { type OptionsOf, resolveOptions } from '../../common/options.ts'
import { isMemorySink, type MemorySink } from '../../sinks/memory/memory-sink.ts'
import { memorySourceOptions } from '../../sources/memory/memory-provider.ts'
import { isMemorySource, type MemorySource } from '../../sources/memory/memory-source.ts'
import { liveReference, type SinkConnector, sinkConnector, type SourceConnector, sourceConnector, type SourceName } from '../connector.ts'

export type MemoryOptions = Omit<OptionsOf<typeof memorySourceOptions>, 'id'> & SourceName

/**
 * Rows that the program adds with addData(), while queries run.
 *
 *     const input = new MemorySource(schema({ v: t.int32() }))
 *     session.readStream(memory(input))
 */
export function memory<R>(source: MemorySource<R>, options: MemoryOptions = {}): SourceConnector<R> {
  if (!isMemorySource(source)) throw new TypeError('memory() takes a MemorySource: new MemorySource(schema({ … })).')
  return sourceConnector('memory', options, source.schema, o => void resolveOptions(memorySourceOptions, o, 'source "memory"'), liveReference('memory', source))
}

/** Keeps the rows in a MemorySink of the program, for as long as it lives: for tests. */
export function memorySink<R>(sink: MemorySink<R>): SinkConnector<R> {
  if (!isMemorySink(sink)) throw new TypeError('memorySink() takes a MemorySink: new MemorySink().')
  return sinkConnector('memory', {}, () => {}, liveReference('memory', sink))
}
