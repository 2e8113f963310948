import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import type { Json } from '../common/json.ts'
import type { LiveObjects } from '../common/live-objects.ts'
import type { Ports } from '../common/ports.ts'
import type { BadRecord, OnBadRecord } from '../formats/format.ts'

/** A position in a source, as it stands in batch records and progress. JSON, compared by canonical text. */
export type SourceOffset = Json

/** `limited`: within the source's own read limits. `all`: everything there is (Trigger once). */
export type ReadLimit = 'limited' | 'all'

/**
 * A slice of the input: read by one task, in order. The source cuts it from its limits alone, never from the number of
 * executors. `spec` is what a reader needs; it is part of the batch record, so a replay reads the very same slice.
 */
export interface InputPartition {
  readonly spec: Json
  /** Shown in errors and progress: a file name, a topic partition. */
  readonly label: string
}

/** What a source wants to find again after a restart beside its offset (files already seen); keys are the source's own. */
export interface Remembered {
  readonly put: readonly (readonly [key: string, value: Json])[]
  readonly remove: readonly string[]
}

/** What the user should know and is no error: files left out for their age, a file that could not be archived. */
export interface SourceNotice {
  readonly message: string
  readonly context: { readonly [key: string]: Json }
}

export interface PlannedRange {
  readonly partitions: readonly InputPartition[]
  /** Becomes durable in the same write as the batch record. */
  readonly remember?: Remembered
}

/** The driver's side of a source: knows what there is, and cuts it into ranges. It reads no rows. */
export interface Source {
  /** For progress: `files[in/flights-*.jsonl.gz]`. */
  readonly description: string
  /** False: a range cannot be read again after a restart (an iterable); the engine then spools output and says so at start. */
  readonly replayable: boolean
  /** Called once before anything else, with all that was remembered in earlier runs. */
  restore(remembered: ReadonlyMap<string, Json>): Promise<void>
  /**
   * The end of the next range: at most one limit beyond `start` (null: from the beginning). Answers an offset equal to
   * `start` when there is nothing new, null when there never was anything. One that waits for its input stops waiting when
   * the signal aborts.
   */
  latestOffset(start: SourceOffset | null, limit: ReadLimit, signal?: AbortSignal): Promise<SourceOffset | null>
  /** Cuts (start, end] into partitions. Called once per new range; a replay takes the partitions from the record. */
  plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange>
  /**
   * Rows that live in the driver (memory, iterable, socket) for a partition's reader; sources whose readers reach the
   * data themselves have no such method.
   */
  data?(partition: InputPartition): readonly RecordBatch[] | Promise<readonly RecordBatch[]>
  /** Everything up to `end` is durable in the checkpoint: files may be archived, logs cut. May repeat, also after a restart. */
  commit(end: SourceOffset): Promise<void>
  /** From now on latestOffset never goes beyond what is available at this moment (Trigger availableNow). */
  pinAvailable(): Promise<void>
  /**
   * Resolves when there may be something new beyond the last latestOffset, or the signal aborts. A source that cannot
   * be told waits for its poll interval on the clock.
   */
  changed(signal: AbortSignal): Promise<void>
  /** The newest offset known, whatever the limit, for progress. */
  newest?(): SourceOffset | null
  /** Figures for progress after a batch that ended at `end`, such as how far behind the newest offset it is. */
  metrics?(end: SourceOffset | null): { readonly [name: string]: number }
  /** Notices since the last call. Those of a source that was only opened are said when the query starts, later ones in progress. */
  notices?(): readonly SourceNotice[]
  close(): Promise<void>
}

export interface ReadContext {
  readonly ports: Ports
  readonly signal: AbortSignal
  readonly onBadRecord: OnBadRecord
  /** Called for each bad record unless onBadRecord is `fail`. */
  readonly bad: (record: BadRecord) => void
  /**
   * Waits until the bad records so far are put away, lets others have their turn, and throws when the query was stopped: a
   * reader calls it now and then, as an input may have no good records that it could yield.
   */
  readonly drain?: () => Promise<void>
  /** What data() gave for this partition. */
  readonly data: readonly RecordBatch[]
}

/**
 * The executor's side of a source: turns one partition into record batches that have exactly the columns of `schema`, in
 * order. An executor has one for each scan of a query, and reads one partition after the other with it.
 */
export interface PartitionReader {
  read(partition: InputPartition, schema: Schema, context: ReadContext): AsyncIterable<RecordBatch>
  /** The query has left the executor: lets go connections and whatever else would outlive it. */
  close?(): Promise<void>
}

export interface SourceEnvironment {
  readonly ports: Ports
  readonly live: LiveObjects
  /** A folder of the source's own inside the checkpoint (ingest logs); undefined for a bounded read. */
  readonly directory: string | undefined
}

/** A kind of source: `options` are resolved by its option table and JSON. */
export interface SourceProvider {
  readonly name: string
  open(options: { readonly [key: string]: Json }, schema: Schema, environment: SourceEnvironment): Promise<Source>
  /** `schema`: all columns of the source, of which read() may be asked for a few. */
  reader(options: { readonly [key: string]: Json }, schema: Schema): Promise<PartitionReader>
}
