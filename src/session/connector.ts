import type { Json } from '../common/json.ts'
import type { TypedSchema } from '../columnar/schema-builder.ts'

/** Something that lives in this process (a memory source, a callback), and how a spec refers to it. */
export interface LiveReference {
  readonly id: string
  readonly object: unknown
}

/**
 * What a factory such as files() gives: a provider and its options as data. Readers and writers take it, each checks
 * the options against its own table.
 */
export interface Connector {
  readonly kind: 'connector'
  readonly provider: string
  readonly options: { readonly [key: string]: Json }
  readonly live?: LiveReference
  /** Checks the options for reading, where readStream() or readBatch() is called. */
  checkSource?(): void
  /** Checks the options for writing, where writeStream() is called. */
  checkSink?(): void
}

/** A connector that can be read: it knows its rows. */
export interface SourceConnector<R> extends Connector {
  readonly schema: TypedSchema<R>
  /** Name of the source on disk; default: its kind and position in the query. */
  readonly name?: string
}

/** A connector that can be written to, with rows of type `R`. */
export interface SinkConnector<R = unknown> extends Connector {
  readonly '~accepts'?: (row: R) => void
}

/** Options common to all sources. */
export interface SourceName {
  /** Name of the source on disk; default: its kind and position in the query. A checkpoint knows its sources by name. */
  readonly name?: string
}

const ids = new WeakMap<object, string>()
const counts = new Map<string, number>()

/** Refers to an object of this process; the same object has the same id wherever it is used. */
export function liveReference(kind: string, object: object): LiveReference {
  let id = ids.get(object)
  if (id === undefined) {
    const count = counts.get(kind) ?? 0
    counts.set(kind, count + 1)
    id = `${kind}-${count}`
    ids.set(object, id)
  }
  return Object.freeze({ id, object })
}

/** Builds the connector of a source from what its factory was given; `check` runs where the source is read. */
export function sourceConnector<R>(provider: string, given: object & SourceName, schema: TypedSchema<R>, check: (options: { readonly [key: string]: Json }) => void, live?: LiveReference): SourceConnector<R> {
  const { name, ...rest } = given
  const options = Object.freeze((live === undefined ? rest : { ...rest, id: live.id }) as { readonly [key: string]: Json })
  return Object.freeze({
    kind: 'connector',
    provider,
    options,
    schema,
    ...(name === undefined ? {} : { name }),
    ...(live === undefined ? {} : { live }),
    checkSource: () => check(options),
    checkSink: () => {
      throw new TypeError(`${provider} is a source and cannot be written to. Give writeStream() a sink, such as files() or consoleSink().`)
    },
  })
}

/** Builds the connector of a sink. */
export function sinkConnector<R>(provider: string, given: object, check: (options: { readonly [key: string]: Json }) => void, live?: LiveReference): SinkConnector<R> {
  const options = Object.freeze((live === undefined ? given : { ...given, id: live.id }) as { readonly [key: string]: Json })
  return Object.freeze({
    kind: 'connector',
    provider,
    options,
    ...(live === undefined ? {} : { live }),
    checkSource: () => {
      throw new TypeError(`${provider} is a sink and cannot be read. Give readStream() and readBatch() a source, such as files() or memory().`)
    },
    checkSink: () => check(options),
  })
}
