import { Observable } from 'rxjs'
import type { ObservedBatch } from '../sinks/observable/observable-sink.ts'
import { observableSink } from './connectors/sinks.ts'
import type { SinkConnector } from './connector.ts'
import type { StreamWriter } from './stream-writer.ts'
import type { StreamingQuery } from './streaming-query.ts'

/**
 * The batches of a query as an observable: subscribing starts the query, unsubscribing stops it, its end completes the
 * observable and its failure is the observable's error. One subscriber at a time, as the query owns its checkpoint.
 */
export function queryObservable<R>(writerTo: (sink: SinkConnector<R>) => StreamWriter): Observable<ObservedBatch<R>> {
  return new Observable(subscriber => {
    // The subject only hands on: whether the query ended well is known from its termination alone.
    const sink = observableSink<R>({ next: batch => subscriber.next(batch), complete: () => {} })
    let left = false
    let query: StreamingQuery | undefined
    const run = async (): Promise<void> => {
      query = await writerTo(sink).start()
      if (left) await query.stop()
      await query.awaitTermination()
    }
    run().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    )
    return () => {
      left = true
      query?.stop().catch(() => {
        // Nobody listens any more; the failure stays on query.exception.
      })
    }
  })
}
