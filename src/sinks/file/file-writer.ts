import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { Json } from '../../common/json.ts'
import { isSystemError } from '../../common/system-errors.ts'
import { RowsDigest } from '../rows-digest.ts'
import { attemptName, type SinkPart, type SinkWriter, type WriterEnvironment } from '../sink.ts'
import type { ResolvedFileSinkOptions } from './options.ts'
import { OutputSet } from './output-set.ts'
import type { Staged } from './staged-file.ts'
import { commitFailed } from './write-errors.ts'

/** Parts below this size go to the driver as rows, which puts those of a batch together into one file. */
export const smallPartBytes = 4 * 1024 * 1024

/** What a part's handle says: files that the executor staged, or null when the rows themselves are there. */
export interface FilePartHandle {
  readonly files: readonly Staged[]
}

/** Stages the rows of one partition. Whether they become files here follows from their size alone, not from their cut. */
export class FileWriter implements SinkWriter {
  readonly #options: ResolvedFileSinkOptions
  readonly #schema: Schema
  readonly #environment: WriterEnvironment
  readonly #digest: RowsDigest
  readonly #smallBytes: number
  #batches: RecordBatch[] = []
  #output: OutputSet | undefined

  constructor(options: ResolvedFileSinkOptions, schema: Schema, environment: WriterEnvironment, smallBytes = smallPartBytes) {
    this.#smallBytes = smallBytes
    this.#options = options
    this.#schema = schema
    this.#environment = environment
    this.#digest = new RowsDigest(schema)
  }

  /** @throws QueryError SINK_COMMIT_FAILED */
  async write(batch: RecordBatch): Promise<void> {
    if (batch.numRows === 0) return
    await this.#writing(() => this.#write(batch))
  }

  async #write(batch: RecordBatch): Promise<void> {
    this.#digest.update(batch)
    if (this.#output === undefined) {
      this.#batches.push(batch)
      if (this.#digest.bytes < this.#smallBytes) return
      const { attempt, partition, ports } = this.#environment
      this.#output = await OutputSet.open(ports, this.#options, this.#schema, `_staging/${attemptName(attempt)}/p${partition}-`)
      for (const early of this.#batches.splice(0)) await this.#output.write(early)
    } else await this.#output.write(batch)
  }

  async finish(): Promise<SinkPart> {
    const { rows, bytes } = this.#digest
    const { partition } = this.#environment
    const digest = this.#digest.finish()
    const output = this.#output
    const handle: FilePartHandle | null = output === undefined ? null : { files: await this.#writing(() => output.finish()) }
    return { partition, handle: handle as unknown as Json, rows, bytes, digest, batches: this.#batches }
  }

  async #writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw isSystemError(error) ? commitFailed(this.#options.path, this.#environment.batchId, error) : error
    }
  }

  async abort(): Promise<void> {
    this.#batches = []
    await this.#output?.abort()
  }
}
