import type { VectorBuilder } from '../columnar/builder.ts'
import type { Schema } from '../columnar/schema.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { Json } from '../common/json.ts'

/** Options of a format as they stand in the plan: JSON only. Each format has a table of its own (options.ts). */
export type FormatOptions = { readonly [key: string]: Json }

/**
 * What to do with a record that is not what the schema says.
 * `fail`: stop with file, line, byte and reason. `skip`: leave it out and count it. `deadLetter`: as skip, and hand the
 * raw bytes with the reason to the dead-letter output.
 */
export type OnBadRecord = 'fail' | 'skip' | 'deadLetter'

/** A record that could not be decoded. Raw bytes are a copy, at most 1 MiB of them. */
export interface BadRecord {
  /** File or other origin, as the user knows it. */
  readonly origin: string
  /** 1-based line (jsonl, csv, text) or record number; 0 where the format has neither. */
  readonly line: number
  /** Byte offset of the record in the (decompressed) input. */
  readonly byte: number
  readonly reason: string
  readonly raw: Uint8Array
  /** Of a record of Kafka: where it stands. */
  readonly kafka?: { readonly topic: string; readonly partition: number; readonly offset: number }
}

export interface DecodeContext {
  /** Shown in errors: a path relative to the source's folder, a topic and partition … */
  readonly origin: string
  readonly onBadRecord: OnBadRecord
  /** Called for each bad record unless onBadRecord is `fail`. */
  readonly bad: (record: BadRecord) => void
  /** Where in the input the bytes begin that the decoder gets, if they are a part of it. Lines are counted from there, bytes from the input's beginning. */
  readonly firstByte?: number
  /**
   * Waits until the bad records so far are put away, so that they do not gather in memory, and lets others have their turn.
   * Called between small pieces of input; throws when the query was stopped.
   */
  readonly drain?: (() => Promise<void>) | undefined
}

/**
 * Decodes one input (a file, a Kafka partition range, a socket's lines) in pieces. Batches come out in order and have
 * at most maxBatchRows rows. Memory stays bounded by a few pieces, whatever the input's size.
 */
export interface StreamDecoder {
  /**
   * Of a part of an input: takes the lines before it from the input's beginning on, for what they say about all records
   * (a header). Answers true when it needs no more of them.
   */
  before?(bytes: Uint8Array): boolean
  /** Takes the next bytes (they may be reused by the caller afterwards) and yields the batches that became full. */
  push(bytes: Uint8Array): Iterable<RecordBatch>
  /** No more bytes: yields what is left. */
  end(): Iterable<RecordBatch>
}

/**
 * Decodes records that something else has cut, one by one: keys and values of Kafka. Each becomes one row.
 *
 *     decoder.load(bytes)
 *     const reason = decoder.decode(start, end, row)
 */
export interface RecordDecoder {
  /** One for each column of the schema, in order. The caller makes vectors of them, and cuts them back after a bad record. */
  readonly columns: readonly VectorBuilder[]
  /**
   * The memory that the next records stand in. Behind each of them there must be one more byte of it: it is written to
   * while the record is read, so that nothing needs to look for an end, and then put back.
   */
  load(bytes: Uint8Array): void
  /** Appends the record in `[start, end)` as row number `row` of the columns; answers why it cannot be, or undefined. */
  decode(start: number, end: number, row: number): string | undefined
}

/**
 * Decodes a file that needs random access (parquet, Arrow file). Reads through the port.
 */
export type FileDecoder = (files: FileSystem, path: string, context: DecodeContext) => AsyncIterable<RecordBatch>

/** Encodes batches into one output. The same rows give the same bytes, however they are cut into batches. */
export interface StreamEncoder {
  /** Bytes that are ready, possibly none. They belong to the caller. */
  push(batch: RecordBatch): readonly Uint8Array[]
  end(): readonly Uint8Array[]
}

export interface Format {
  readonly name: string
  /** Without the dot; given to files that the file sink writes. */
  readonly extension: string
  /** Which columns the format can hold; throws AnalysisError FORMAT_UNSUPPORTED-like errors for others. */
  checkSchema?(schema: Schema, options: FormatOptions): void
  /** Formats decoded from front to back. `schema` has only the columns that the query needs; others are skipped. */
  decoder?(schema: Schema, options: FormatOptions, context: DecodeContext): StreamDecoder
  /** Whether every newline ends a record, so that an input can be cut at any of them and the parts be decoded by themselves. */
  splittable?(options: FormatOptions): boolean
  /** Formats that can hold one record by itself. `schema` has only the columns that the query needs. */
  recordDecoder?(schema: Schema, options: FormatOptions): RecordDecoder
  /** Formats that need random access. */
  fileDecoder?(schema: Schema, options: FormatOptions): FileDecoder
  encoder(schema: Schema, options: FormatOptions): StreamEncoder
  /**
   * Guesses a schema from the beginning of an input (`sample`: up to 1 MiB, cut anywhere) or, for self-describing
   * formats, reads it from the file.
   */
  inferSchema(input: { readonly files: FileSystem; readonly path: string; readonly sample: Uint8Array }, options: FormatOptions): Promise<Schema>
}

/** A format whose inputs can be read in parts. */
export type SplittableFormat = Format & Required<Pick<Format, 'decoder'>>

export function isSplittable(format: Format, options: FormatOptions): format is SplittableFormat {
  return format.decoder !== undefined && format.splittable?.(options) === true
}
