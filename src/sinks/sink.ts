import type { DataType } from '../columnar/data-type.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import type { Json } from '../common/json.ts'
import type { OutputMode } from '../common/output-mode.ts'
import type { Ports } from '../common/ports.ts'
import type { ProtocolRules } from '../common/protocol-rules.ts'
import type { LiveObjects } from '../common/live-objects.ts'

/** Names one attempt at a batch: unique for ever, ordered by epoch. */
export interface Attempt {
  readonly epoch: number
  /** 16 hexadecimal digits. */
  readonly random: string
}

export function attemptName(attempt: Attempt): string {
  return `${String(attempt.epoch).padStart(10, '0')}-${attempt.random}`
}

/**
 * What one task wrote for one sink: a staged file, or the rows themselves when they are few or the sink lives in the
 * driver. `digest` is the SHA-256 of the content; equal rows give equal digests, whoever ran the task.
 */
export interface SinkPart {
  /** Position of the task's partition: parts are ordered by it. */
  readonly partition: number
  readonly handle: Json
  readonly rows: number
  readonly bytes: number
  readonly digest: string
  readonly batches: readonly RecordBatch[]
}

/** Runs on an executor: takes the rows of one partition of one batch and stages them invisibly. */
export interface SinkWriter {
  write(batch: RecordBatch): Promise<void>
  finish(): Promise<SinkPart>
  /** Drops what was staged. */
  abort(): Promise<void>
}

export interface Marker {
  readonly batchId: number
  readonly token: string
}

/** What a sink publishes for a batch. */
export interface SinkOutput {
  readonly batchId: number
  readonly attempt: Attempt
  readonly token: string
  readonly epoch: number
  readonly parts: readonly SinkPart[]
  /** The batch may have been delivered before (no-look-up sinks after a crash). */
  readonly isReplay: boolean
}

/**
 * The driver's side of a sink: exactly the interface of the commit protocol. `lookup`: the sink keeps (batch, token)
 * atomically with the rows and can be asked. `resumable`: staged output survives a crash and can be committed afterwards.
 */
export interface Sink {
  readonly description: string
  readonly capabilities: { readonly lookup: boolean; readonly resumable: boolean }
  /** Greatest epoch accepted; 0 when there is none. */
  epoch(): Promise<number>
  /**
   * Accepts a strictly greater epoch, refuses lower ones from then on, resolves in-doubt work (redoes renames), and
   * answers the last committed batch at that very moment. The epoch that this very object holds is accepted again:
   * this is how an unknown outcome is resolved.
   * @throws CheckpointError CHECKPOINT_FENCED
   */
  fence(epoch: number): Promise<{ readonly last: Marker | null; readonly incarnation: string | null }>
  /** Makes the parts ready to be published, durably if resumable. Invisible to readers. */
  stage(batchId: number, attempt: Attempt, parts: readonly SinkPart[]): Promise<void>
  /**
   * Publishes the batch and its marker as one; durable on return. A batch without rows still writes its marker.
   * `already`: this very (batch, token) was there. `unknown`: ask again after fencing.
   * @throws CheckpointError SINK_TOKEN_MISMATCH, CHECKPOINT_FENCED
   */
  commit(output: SinkOutput): Promise<'done' | 'already' | 'unknown'>
  /** Whether stage() of this attempt is still there, complete. */
  hasStaged(batchId: number, attempt: Attempt): Promise<boolean>
  /**
   * For sinks that live in this process: refuses a query whose batches up to `committed` it does not have.
   * @throws CheckpointError SINK_CANNOT_RESUME
   */
  resume?(committed: number): void
  /** Removes leftovers of attempts with lower epochs. */
  sweep(belowEpoch: number): Promise<void>
  close(): Promise<void>
}

/** What an observer is told of a batch. */
export interface ObservedOutput extends SinkOutput {
  readonly schema: Schema
  /** After the batch, milliseconds since the epoch; null while there is none. */
  readonly watermarkMs: number | null
}

/** Told of a batch after its commit is durable; never decides anything (protocol rule 25). */
export interface ObserverSink {
  readonly description: string
  /** What it must still show after a restart. */
  readonly table?: ObservedTable
  observe(output: ObservedOutput): Promise<void> | void
  close(): Promise<void>
}

/**
 * Rows that an observer keeps by key. The checkpoint holds them like the state of an operator: what a batch changes is
 * part of its prepare, so that after a restart they are those of the last committed batch.
 */
export interface ObservedTable {
  /** Columns of the key, for comparing with the checkpoint. */
  readonly keys: readonly { readonly name: string; readonly type: DataType }[]
  /** What the batch changes. Called before prepare: nothing may be shown, and observe() comes only if it is committed. */
  change(batchId: number, parts: readonly SinkPart[]): TableChange
  /** All rows after a committed batch, in the order of their last change: once, at the start. `position` is null before the first batch. */
  restore(rows: readonly ObservedRow[], position: { readonly batchId: number; readonly watermarkMs: number | null } | null): void
}

export interface ObservedRow {
  readonly key: string
  readonly row: string
  /** Number of the row's last change, over the life of the query. */
  readonly order: number
  /** The batch that changed it. */
  readonly batchId: number
}

export interface TableChange {
  readonly put: readonly ObservedRow[]
  /** Keys that were there. */
  readonly remove: readonly string[]
}

export interface WriterEnvironment {
  readonly ports: Ports
  readonly batchId: number
  readonly attempt: Attempt
  readonly partition: number
  /** Clock of the batch, milliseconds: the same however often the batch runs. */
  readonly clockMs: number
}

/** One of several sinks of a query that are opened as one (see {@link SinkProvider.shared}). */
export interface SharedSink {
  /** `output`, `lateRows`, `deadLetters`. */
  readonly name: string
  readonly options: { readonly [key: string]: Json }
  readonly schema: Schema
}

export interface SinkEnvironment {
  readonly ports: Ports
  readonly live: LiveObjects
  readonly queryId: string
  /** Of this sink within the query's ordered sink set: `output`, `lateRows`, `deadLetters`. */
  readonly name: string
  readonly schema: Schema
  readonly outputMode: OutputMode
  /** @default all of them */
  readonly rules?: ProtocolRules
  /** The other sinks of the query that this one is opened for too; it is named after the first. @default none */
  readonly others?: readonly SharedSink[]
}

/** A kind of sink. `options` are resolved by its option table and JSON. */
export interface SinkProvider {
  readonly name: string
  /** Output modes that it can take. */
  readonly modes: readonly OutputMode[]
  readonly kind: 'sink' | 'observer'
  /**
   * Sinks of one query with the same answer are opened as one and publish in one transaction with one marker (protocol
   * rule 24); it gets the parts of all of them, and a part says by itself where its rows go. `undefined`: stands alone.
   */
  shared?(options: { readonly [key: string]: Json }): string | undefined
  open(options: { readonly [key: string]: Json }, environment: SinkEnvironment): Promise<Sink | ObserverSink>
  /** How executors write for it. */
  writer(options: { readonly [key: string]: Json }, schema: Schema, environment: WriterEnvironment): Promise<SinkWriter>
}
