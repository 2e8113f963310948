import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { takeRows } from '../../columnar/take.ts'
import { makeError } from '../../common/errors.ts'
import type { Ports } from '../../common/ports.ts'
import { randomHex } from '../../common/random.ts'
import type { Format } from '../../formats/format.ts'
import { loadFormat } from '../../formats/registry.ts'
import { GzipStream } from './gzip.ts'
import { fileSchema, type ResolvedFileSinkOptions, splitColumns } from './options.ts'
import { partitionFolder } from './partition-path.ts'
import { RollingFile } from './rolling-file.ts'
import { RowGroups } from './row-groups.ts'
import { type Staged, StagedFile } from './staged-file.ts'

/** More folders than this in one output are a mistake in partitionBy. */
const maxFolders = 10_000

export function fileExtension(format: Format, options: ResolvedFileSinkOptions): string {
  return options.compression === 'gzip' ? `${format.extension}.gz` : format.extension
}

/**
 * Writes rows into staged files: one series of files, or one for each folder of partitionBy. Rows for folders are held
 * as columns until the end, so that only one file is being encoded at a time, however many folders there are.
 */
export class OutputSet {
  readonly #ports: Ports
  readonly #options: ResolvedFileSinkOptions
  readonly #format: Format
  readonly #schema: Schema
  readonly #columns: { readonly keys: readonly number[]; readonly rest: readonly number[] }
  readonly #prefix: string
  readonly #durable: boolean
  #groups: RowGroups | undefined
  #folders: { readonly directory: string; readonly batches: RecordBatch[] }[] = []
  #plain: RollingFile | undefined
  #open: RollingFile[] = []
  #count = 0

  private constructor(ports: Ports, options: ResolvedFileSinkOptions, format: Format, schema: Schema, prefix: string, durable: boolean) {
    this.#durable = durable
    this.#ports = ports
    this.#options = options
    this.#format = format
    this.#schema = fileSchema(schema, options.partitionBy)
    this.#columns = splitColumns(schema, options.partitionBy)
    this.#prefix = prefix
  }

  /** `prefix`: beginning of the staged files' paths, relative to the output folder; its folder is made. */
  static async open(ports: Ports, options: ResolvedFileSinkOptions, schema: Schema, prefix: string, durable = true): Promise<OutputSet> {
    await ports.files.makeDirectory(`${options.path}/${prefix.slice(0, prefix.lastIndexOf('/'))}`)
    return new OutputSet(ports, options, await loadFormat(options.format), schema, prefix, durable)
  }

  async write(batch: RecordBatch): Promise<void> {
    if (batch.numRows === 0) return
    if (this.#columns.keys.length > 0) {
      this.#split(batch)
      return
    }
    this.#plain ??= this.#rolling('')
    await this.#plain.write(batch)
  }

  /** The files, those of one folder together, folders in the order of their first row. All are durable. */
  async finish(): Promise<Staged[]> {
    if (this.#plain !== undefined) return this.#plain.finish()
    const staged: Staged[] = []
    for (const folder of this.#folders) {
      const file = this.#rolling(folder.directory)
      for (const batch of folder.batches.splice(0)) await file.write(batch)
      staged.push(...(await file.finish()))
    }
    return staged
  }

  async abort(): Promise<void> {
    this.#folders = []
    for (const file of this.#open) await file.abort()
  }

  #rolling(directory: string): RollingFile {
    const { maxRowsPerFile, maxBytesPerFile, path, formatOptions, compression } = this.#options
    const open = (): StagedFile => {
      // A task that runs again must not meet the file of its first run.
      const name = `${this.#prefix}${this.#count++}-${randomHex(this.#ports.random, 4)}.${fileExtension(this.#format, this.#options)}`
      const encoder = this.#format.encoder(this.#schema, formatOptions)
      return new StagedFile(this.#ports.files, path, name, directory, encoder, compression === 'gzip' ? new GzipStream() : undefined, this.#durable)
    }
    const file = new RollingFile(open, { maxRows: maxRowsPerFile, maxBytes: maxBytesPerFile })
    this.#open.push(file)
    return file
  }

  #split(batch: RecordBatch): void {
    const { keys, rest } = this.#columns
    this.#groups ??= new RowGroups(batch, keys)
    const groups = this.#groups.assign(batch)
    if (this.#groups.count > maxFolders) throw tooManyFolders(this.#options)
    const counts = new Int32Array(this.#groups.count)
    for (let i = 0; i < groups.length; i++) counts[groups[i]]++
    // Rows of one group after those of the one before, each group in row order.
    const starts = new Int32Array(counts.length + 1)
    for (let g = 0; g < counts.length; g++) starts[g + 1] = starts[g] + counts[g]
    const fill = starts.slice()
    const rows = new Int32Array(groups.length)
    for (let i = 0; i < groups.length; i++) rows[fill[groups[i]]++] = i
    const content = batch.project(rest)
    for (let g = 0; g < counts.length; g++) {
      if (counts[g] === 0) continue
      const indices = rows.subarray(starts[g], starts[g + 1])
      if (g === this.#folders.length) {
        const directory = keys.map(k => partitionFolder(batch.schema.fields[k].name, batch.columns[k], indices[0])).join('/')
        this.#folders.push({ directory, batches: [] })
      }
      this.#folders[g].batches.push(takeRows(content, indices))
    }
  }
}

function tooManyFolders(options: ResolvedFileSinkOptions): Error {
  return makeError(
    'SINK_TOO_MANY_PARTITIONS',
    `One batch for "${options.path}" has more than ${maxFolders} different values of ${options.partitionBy.join(', ')}. Partition by columns with fewer values, such as a date.`,
    { context: { path: options.path, partitionBy: options.partitionBy, limit: maxFolders } },
  )
}
