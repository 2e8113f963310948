import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import type { SinkProvider } from './sink.ts'

/** Sinks by provider name, loaded on use. */
const loaders: Readonly<Record<string, () => Promise<SinkProvider>>> = Object.freeze({
  console: async () => (await import('./console/console-sink.ts')).consoleSinkProvider,
  files: async () => (await import('./file/file-sink-provider.ts')).fileSinkProvider,
  foreach: async () => (await import('./foreach/foreach-sink.ts')).foreachSinkProvider,
  foreachBatch: async () => (await import('./foreach/foreach-batch-sink.ts')).foreachBatchSinkProvider,
  kafka: async () => (await import('./kafka/kafka-provider.ts')).kafkaSinkProvider,
  live: async () => (await import('./live/live-sink.ts')).liveSinkProvider,
  memory: async () => (await import('./memory/memory-sink-provider.ts')).memorySinkProvider,
  noop: async () => (await import('./noop/noop-sink.ts')).noopSinkProvider,
  observable: async () => (await import('./observable/observable-sink.ts')).observableSinkProvider,
})

/** Providers of this process alone, beside the built-in ones. */
const added = new Map<string, SinkProvider>()

/** Adds a provider for the life of the process, for tests; the built-in ones cannot be replaced. */
export function addSinkProvider(provider: SinkProvider): void {
  if (!Object.hasOwn(loaders, provider.name)) added.set(provider.name, provider)
}

export const sinkNames: readonly string[] = Object.freeze(Object.keys(loaders))

/** @throws AnalysisError SINK_UNKNOWN */
export async function loadSink(name: string): Promise<SinkProvider> {
  const other = added.get(name)
  if (other !== undefined) return other
  if (!Object.hasOwn(loaders, name)) {
    throw makeError('SINK_UNKNOWN', `There is no sink "${name}", only ${quoteList(sinkNames)}.${didYouMean(name, sinkNames)}`, { context: { name } })
  }
  return loaders[name]()
}
