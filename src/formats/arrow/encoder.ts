import { RecordBatchFileWriter, RecordBatchStreamWriter, RecordBatchWriter, type Schema as ArrowSchema } from 'apache-arrow'
import { maxBatchRows, type RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { StreamEncoder } from '../format.ts'
import { RowGrouper } from '../row-grouper.ts'
import { toArrowSchema } from './arrow-types.ts'
import { exportBatch } from './export-vector.ts'

export type ArrowLayout = 'file' | 'stream'

/** A record batch also ends when its values take this much. */
const batchBytes = 64 * 1024 * 1024

/**
 * Writes Arrow IPC in record batches of 65,536 rows, whatever batches come in, so that equal rows give equal bytes.
 * One record batch is in memory at a time.
 */
export class ArrowEncoder implements StreamEncoder {
  readonly #schema: ArrowSchema
  readonly #rows: RowGrouper
  readonly #chunks = new Chunks()
  readonly #writer: RecordBatchWriter

  constructor(schema: Schema, layout: ArrowLayout) {
    this.#schema = toArrowSchema(schema)
    this.#rows = new RowGrouper(schema, maxBatchRows, batchBytes)
    this.#writer = layout === 'file' ? new CollectingFileWriter(this.#chunks) : new CollectingStreamWriter(this.#chunks)
    this.#writer.reset(undefined, this.#schema)
  }

  push(batch: RecordBatch): readonly Uint8Array[] {
    for (const group of this.#rows.push(batch)) this.#writer.write(exportBatch(group, this.#schema))
    return this.#chunks.take()
  }

  end(): readonly Uint8Array[] {
    const rest = this.#rows.end()
    if (rest !== null) this.#writer.write(exportBatch(rest, this.#schema))
    this.#writer.close()
    return this.#chunks.take()
  }
}

/** Collects what a writer gives out; buffers are copied, since batches go on living. */
class Chunks {
  #parts: Uint8Array[] = []

  add(part: Uint8Array): void {
    this.#parts.push(part)
  }

  take(): Uint8Array[] {
    const length = this.#parts.reduce((n, p) => n + p.length, 0)
    if (length === 0) return []
    const out = new Uint8Array(length)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    this.#parts = []
    return [out]
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  const view = chunk as ArrayBufferView
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** The library's writers give bytes to an asynchronous queue; these give them to whoever asked, at once. */
class CollectingStreamWriter extends RecordBatchStreamWriter {
  readonly #chunks: Chunks

  constructor(chunks: Chunks) {
    super({ autoDestroy: false })
    this.#chunks = chunks
  }

  protected override _write(chunk: unknown): this {
    if (!this._started) return this
    const bytes = bytesOf(chunk)
    this.#chunks.add(bytes)
    this._position += bytes.length
    return this
  }
}

class CollectingFileWriter extends RecordBatchFileWriter {
  readonly #chunks: Chunks

  constructor(chunks: Chunks) {
    super({ autoDestroy: false })
    this.#chunks = chunks
  }

  protected override _write(chunk: unknown): this {
    if (!this._started) return this
    const bytes = bytesOf(chunk)
    this.#chunks.add(bytes)
    this._position += bytes.length
    return this
  }

  /** The format wants the schema at the beginning too, for readers from front to back; the library leaves it out. */
  protected override _writeSchema(schema: ArrowSchema): this {
    super._writeSchema(schema)
    return RecordBatchWriter.prototype['_writeSchema'].call(this, schema) as this
  }
}
