import { createHash } from 'node:crypto'
import type { FileSystem, WritableFile } from '../../common/file-system.ts'
import type { StreamEncoder } from '../../formats/format.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { GzipStream } from './gzip.ts'

/** A complete file in the staging folder. Plain data: it travels in a part's handle and stands in the log. */
export interface Staged {
  /** Path of the staged file, relative to the output folder. */
  readonly staged: string
  /** Folder it belongs into, relative to the output folder; empty for the folder itself. */
  readonly directory: string
  readonly bytes: number
  readonly rows: number
  readonly sha256: string
}

/** A file in the making: encodes batches and writes the bytes as they come. */
export class StagedFile {
  rows = 0
  /** Bytes that the encoder has given so far, before compression. */
  encodedBytes = 0
  readonly #files: FileSystem
  readonly #root: string
  readonly #staged: string
  readonly #directory: string
  readonly #encoder: StreamEncoder
  readonly #gzip: GzipStream | undefined
  readonly #durable: boolean
  readonly #hash = createHash('sha256')
  #bytes = 0
  #handle: WritableFile | undefined

  constructor(files: FileSystem, root: string, staged: string, directory: string, encoder: StreamEncoder, gzip: GzipStream | undefined, durable: boolean) {
    this.#durable = durable
    this.#files = files
    this.#root = root
    this.#staged = staged
    this.#directory = directory
    this.#encoder = encoder
    this.#gzip = gzip
  }

  async push(batch: RecordBatch): Promise<void> {
    this.rows += batch.numRows
    await this.#write(this.#encoder.push(batch))
  }

  /** Writes the rest and makes the content durable (its name becomes so with the staging folder). */
  async finish(): Promise<Staged> {
    await this.#write(this.#encoder.end())
    if (this.#gzip !== undefined) await this.#put(this.#gzip.end())
    const handle = await this.#open()
    try {
      if (this.#durable) await handle.sync()
    } finally {
      this.#handle = undefined
      await handle.close()
    }
    return { staged: this.#staged, directory: this.#directory, bytes: this.#bytes, rows: this.rows, sha256: this.#hash.digest('hex') }
  }

  async abort(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
    await this.#files.remove(`${this.#root}/${this.#staged}`)
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.encodedBytes += piece.length
      await this.#put(this.#gzip === undefined ? [piece] : this.#gzip.push(piece))
    }
  }

  async #put(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.#hash.update(piece)
      this.#bytes += piece.length
      await (await this.#open()).write(piece)
    }
  }

  async #open(): Promise<WritableFile> {
    this.#handle ??= await this.#files.create(`${this.#root}/${this.#staged}`)
    return this.#handle
  }
}
