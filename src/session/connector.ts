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

export type SinkConnector = Connector
