import type { TypedSchema } from '../../columnar/schema-builder.ts'
import { type OptionsOf, resolveOptions } from '../../common/options.ts'
import { iterableSourceOptions } from '../../sources/iterable/iterable-source.ts'
import { isIterableInput } from '../../sources/iterable/pull.ts'
import { liveReference, type SourceConnector, sourceConnector, type SourceName } from '../connector.ts'

export type IterableOptions = Omit<OptionsOf<typeof iterableSourceOptions>, 'id'> & SourceName

/** The part of an RxJS Observable that is used; any library's will do. */
export interface ObservableInput<T> {
  subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void }
}

/**
 * Rows from any iterable, asynchronous or not; an item is a row or an array of rows. It is asked for more only as the
 * query takes it. What it gave is gone after a restart: rows count at most once then.
 */
export function fromIterable<R>(iterable: AsyncIterable<NoInfer<R> | readonly NoInfer<R>[]> | Iterable<NoInfer<R> | readonly NoInfer<R>[]>, schema: TypedSchema<R>, options: IterableOptions = {}): SourceConnector<R> {
  if (!isIterableInput(iterable)) throw new TypeError('fromIterable() takes an iterable and a schema.')
  return fromInput(iterable, schema, options)
}

/**
 * Rows from an observable; a value is a row or an array of rows. It cannot be made to wait: when it runs ahead by more
 * than `maxBufferedRows`, the query fails. What it gave is gone after a restart: rows count at most once then.
 */
export function fromObservable<R>(observable: ObservableInput<NoInfer<R> | readonly NoInfer<R>[]>, schema: TypedSchema<R>, options: IterableOptions = {}): SourceConnector<R> {
  if (typeof (observable as { subscribe?: unknown } | undefined)?.subscribe !== 'function') throw new TypeError('fromObservable() takes an observable and a schema.')
  return fromInput(observable, schema, options)
}

function fromInput<R>(input: object, schema: TypedSchema<R>, options: IterableOptions): SourceConnector<R> {
  return sourceConnector('iterable', options, schema, o => void resolveOptions(iterableSourceOptions, o, 'source "iterable"'), liveReference('iterable', input))
}
