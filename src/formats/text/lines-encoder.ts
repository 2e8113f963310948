import type { RecordBatch } from '../../columnar/record-batch.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { BytesReader, isNullAt } from '../../columnar/vector.ts'
import type { StreamEncoder } from '../format.ts'

/** Bytes are handed on in pieces of about this size. */
const pieceBytes = 256 * 1024

/** One string column as lines. As in Spark, a null is an empty line, and line ends inside a value are written as they are. */
export class LinesEncoder implements StreamEncoder {
  readonly #out = new ByteWriter(pieceBytes + 4096)

  push(batch: RecordBatch): readonly Uint8Array[] {
    const out = this.#out
    const pieces: Uint8Array[] = []
    const [vector] = batch.columns
    const reader = new BytesReader(vector)
    for (let row = 0; row < batch.numRows; row++) {
      if (!isNullAt(vector, row)) out.copy(reader.bytes, reader.start(row), reader.end(row))
      out.byte(0x0a)
      if (out.length >= pieceBytes) pieces.push(out.take())
    }
    return pieces
  }

  end(): readonly Uint8Array[] {
    return this.#out.length === 0 ? [] : [this.#out.take()]
  }
}
