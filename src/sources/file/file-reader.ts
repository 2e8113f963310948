import { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { FileStat } from '../../common/file-system.ts'
import { decodeFile } from '../../formats/decode-file.ts'
import type { ByteRange } from '../../formats/line-range.ts'
import type { FormatOptions } from '../../formats/format.ts'
import { loadFormat } from '../../formats/registry.ts'
import type { InputPartition, PartitionReader, ReadContext } from '../source.ts'
import type { ResolvedFileSourceOptions } from './options.ts'
import { fileMissing, isMissing, statOf, unusable } from './path-errors.ts'
import { constantVector, type PartitionValues } from './partition-values.ts'

/** One file as it was when it was planned, or a part of it. A replay reads the very same one, or fails. */
export interface FileSpec {
  /** As the options give it: relative to the working directory, or absolute. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  readonly inode: number
  readonly values?: PartitionValues
  /** Absent: the whole file. */
  readonly part?: FilePart
}

/** The lines of a file that begin in a range of its bytes. */
export interface FilePart extends ByteRange {
  /** What errors call the file: relative to the source's root. The label of a whole file is this name. */
  readonly of: string
}

/** Reads one file or a part of it: the columns that its bytes hold from the format, those that its folders name as constants. */
export class FileReader implements PartitionReader {
  readonly #options: ResolvedFileSourceOptions
  readonly #schema: Schema

  constructor(options: ResolvedFileSourceOptions, schema: Schema) {
    this.#options = options
    this.#schema = schema
  }

  async *read(partition: InputPartition, schema: Schema, context: ReadContext): AsyncIterable<RecordBatch> {
    const spec = partition.spec as unknown as FileSpec
    const { path } = spec
    const { files } = context.ports
    if (!(await this.#check(path, spec, await statOf(files, path)))) return
    const values = spec.values ?? {}
    const inBytes = makeSchema(schema.fields.filter(f => !Object.hasOwn(values, f.name)))
    const format = await loadFormat(this.#options.format)
    const decodeContext = { origin: spec.part?.of ?? partition.label, onBadRecord: context.onBadRecord, bad: context.bad, drain: context.drain }
    try {
      for await (const batch of decodeFile(files, path, format, inBytes, this.#formatOptions(values), decodeContext, spec.part)) {
        if (context.signal.aborted) return
        yield inBytes.fields.length === schema.fields.length ? batch : withConstants(batch, schema, values, path)
      }
    } catch (error) {
      // Only opening it says so: it went after it was looked at, and has given no row.
      if (!isMissing(error)) throw unusable(path, error)
    }
    // A file that was written to meanwhile may have given half of the old rows and half of the new ones.
    await this.#check(path, spec, await statOf(files, path))
  }

  /** A CSV file without a header knows its columns by position only, so it must hear of those that nobody asked for. */
  #formatOptions(values: PartitionValues): FormatOptions {
    const { format, formatOptions } = this.#options
    if (format !== 'csv' || formatOptions['header'] === true || formatOptions['columns'] !== undefined) return formatOptions
    return { ...formatOptions, columns: this.#schema.fields.map(f => f.name).filter(name => !Object.hasOwn(values, name)) }
  }

  /** False when the file is gone and that is allowed. */
  async #check(path: string, spec: FileSpec, now: FileStat | undefined): Promise<boolean> {
    if (now === undefined) {
      if (this.#options.ignoreMissingFiles) return false
      throw fileMissing(path)
    }
    if (now.size !== spec.size || now.mtimeMs !== spec.mtimeMs || now.inode !== spec.inode) throw fileChanged(path, spec, now)
    return true
  }
}

function withConstants(batch: RecordBatch, schema: Schema, values: PartitionValues, path: string): RecordBatch {
  let k = 0
  const columns = schema.fields.map(f =>
    Object.hasOwn(values, f.name) ? constantVector(f.type, values[f.name], batch.numRows, f.name, path) : batch.columns[k++],
  )
  return new RecordBatch(schema, batch.numRows, columns)
}

function fileChanged(path: string, planned: FileSpec, now: FileStat): MillraceError {
  const { size, mtimeMs, inode } = planned
  return makeError(
    'SOURCE_FILE_CHANGED',
    `File "${path}" changed after it was planned into a batch: it had ${size} bytes, now ${now.size}. Files must appear complete (written elsewhere and renamed); set minFileAge where a writer cannot do that.`,
    { context: { path, planned: { size, mtimeMs, inode }, now: { size: now.size, mtimeMs: now.mtimeMs, inode: now.inode } } },
  )
}
