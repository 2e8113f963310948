/** A call may give up to this many times the rows of the one before. */
const growth = 8
const firstRows = 256

/**
 * How many rows a model is given at a time, so that one call takes about `budgetMs`: what it took for the calls before
 * decides. No score depends on it, only how long others wait for their turn.
 */
export class PieceSize {
  readonly #maxRows: number
  readonly #budgetMs: number
  #rows: number

  constructor({ maxRows, budgetMs }: { readonly maxRows: number; readonly budgetMs: number }) {
    this.#maxRows = maxRows
    this.#budgetMs = budgetMs
    this.#rows = Math.min(firstRows, maxRows)
  }

  get rows(): number {
    return this.#rows
  }

  /** A call with so many rows took so long. */
  took(rows: number, ms: number): void {
    const fitting = ms > 0 ? (rows * this.#budgetMs) / ms : Infinity
    // The last piece of a batch may be a few rows, whose time is that of the call alone: it says that more would fit, not how many fewer.
    if (rows < this.#rows && fitting < this.#rows) return
    const next = Math.floor(Math.min(fitting, rows * growth, this.#maxRows))
    // Pieces that begin at a multiple of 8 share the bitmaps of the whole.
    this.#rows = next < 8 ? Math.max(1, next) : next - (next % 8)
  }
}
