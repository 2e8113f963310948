import { concatBatches } from '../../columnar/concat.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { sliceRows } from '../../columnar/take.ts'
import { rowsBytes } from './rows-bytes.ts'
import type { Staged, StagedFile } from './staged-file.ts'

/** With a byte limit, a file's size is looked at after every so many rows, counted from its start. */
const stepRows = 1024

export interface RollLimits {
  readonly maxRows: number | undefined
  readonly maxBytes: number | undefined
}

/**
 * Rows into one file after the other. Where a file ends follows from the rows alone: record batches are cut, and put
 * together again where needed, at row counts from the start of the file.
 */
export class RollingFile {
  readonly #open: () => StagedFile
  readonly #limits: RollLimits
  readonly #staged: Promise<Staged>[] = []
  #current: StagedFile | undefined
  /** Rows of the next step, until there are enough of them. */
  #waiting: RecordBatch[] = []
  #waitingRows = 0
  /** Rough size of the rows that the encoder has taken and not yet given back as bytes. */
  #held = 0

  constructor(open: () => StagedFile, limits: RollLimits) {
    this.#open = open
    this.#limits = limits
  }

  async write(batch: RecordBatch): Promise<void> {
    const { maxRows, maxBytes } = this.#limits
    for (let at = 0; at < batch.numRows;) {
      const inFile = (this.#current?.rows ?? 0) + this.#waitingRows
      const room = Math.min(maxRows === undefined ? Infinity : maxRows - inFile, maxBytes === undefined ? Infinity : stepRows - this.#waitingRows)
      const n = Math.min(room, batch.numRows - at)
      const piece = sliceRows(batch, at, at + n)
      at += n
      if (maxBytes === undefined) await this.#push(piece)
      else {
        this.#waiting.push(piece)
        this.#waitingRows += n
        if (this.#waitingRows === stepRows || inFile + n === maxRows) await this.#step(maxBytes)
      }
      if (this.#current !== undefined && this.#current.rows === maxRows) this.#close()
    }
  }

  async finish(): Promise<Staged[]> {
    if (this.#waitingRows > 0) await this.#step(Infinity)
    this.#close()
    return Promise.all(this.#staged)
  }

  async abort(): Promise<void> {
    await Promise.allSettled(this.#staged)
    await this.#current?.abort()
  }

  async #step(maxBytes: number): Promise<void> {
    const rows = concatBatches(this.#waiting[0].schema, this.#waiting)
    this.#waiting = []
    this.#waitingRows = 0
    const before = this.#current?.encodedBytes ?? 0
    await this.#push(rows)
    const { encodedBytes } = this.#current as StagedFile
    this.#held = encodedBytes > before ? 0 : this.#held + rowsBytes(rows)
    if (encodedBytes + this.#held >= maxBytes) this.#close()
  }

  async #push(batch: RecordBatch): Promise<void> {
    this.#current ??= this.#open()
    await this.#current.push(batch)
  }

  #close(): void {
    if (this.#current === undefined) return
    const done = this.#current.finish()
    // Syncs of several files go on together; the error is met in finish().
    done.catch(() => undefined)
    this.#staged.push(done)
    this.#current = undefined
    this.#held = 0
  }
}
