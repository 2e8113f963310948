import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import type { SourceProvider } from './source.ts'

/** Sources by provider name, loaded on use. */
const loaders: Readonly<Record<string, () => Promise<SourceProvider>>> = Object.freeze({
  iterable: async () => (await import('./iterable/iterable-source.ts')).iterableSourceProvider,
  files: async () => (await import('./file/file-provider.ts')).fileSourceProvider,
  kafka: async () => (await import('./kafka/kafka-provider.ts')).kafkaSourceProvider,
  memory: async () => (await import('./memory/memory-provider.ts')).memorySourceProvider,
  rate: async () => (await import('./rate/rate-source.ts')).rateSourceProvider,
  'rate-micro-batch': async () => (await import('./rate/rate-micro-batch-source.ts')).rateMicroBatchSourceProvider,
  socket: async () => (await import('./socket/socket-source.ts')).socketSourceProvider,
})

export const sourceNames: readonly string[] = Object.freeze(Object.keys(loaders))

/** @throws AnalysisError SOURCE_UNKNOWN */
export async function loadSource(name: string): Promise<SourceProvider> {
  if (!Object.hasOwn(loaders, name)) {
    throw makeError('SOURCE_UNKNOWN', `There is no source "${name}", only ${quoteList(sourceNames)}.${didYouMean(name, sourceNames)}`, { context: { name } })
  }
  return loaders[name]()
}
