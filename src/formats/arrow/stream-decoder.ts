import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { asUnreadable, unreadable } from '../file-errors.ts'
import type { StreamDecoder } from '../format.ts'
import { BatchLoader } from './batch-loader.ts'
import { type Frame, Framer } from './framer.ts'

/**
 * Reads Arrow from front to back: a stream, or a file that (as it should) has its schema at the beginning too. In
 * memory are one record batch as it was written and the dictionaries.
 */
export class ArrowStreamDecoder implements StreamDecoder {
  readonly #file: string
  readonly #framer = new Framer()
  readonly #loader: BatchLoader

  constructor(schema: Schema, file: string) {
    this.#file = file
    this.#loader = new BatchLoader(schema, file)
  }

  *push(bytes: Uint8Array): Generator<RecordBatch> {
    const frames = this.#framer.push(bytes)
    for (;;) {
      let next: IteratorResult<Frame>
      try {
        next = frames.next()
      } catch (error) {
        throw asUnreadable(error, this.#file, this.#framer.position)
      }
      if (next.done === true) return
      yield* this.#loader.load(next.value, this.#framer.position)
    }
  }

  /** Nothing is ever left over; throws when the data may not end here. */
  end(): readonly RecordBatch[] {
    try {
      this.#framer.end()
    } catch (error) {
      throw asUnreadable(error, this.#file, this.#framer.position)
    }
    if (!this.#loader.hasSchema) throw unreadable(this.#file, 'it has no schema', this.#framer.position)
    return []
  }
}
