/**
 * Which record batches of a fetch answer belong to transactions that were aborted. The broker lists those transactions
 * with their producer and first offset, in the order in which they were aborted; one producer can be listed several times.
 * A transaction that began before the answer is listed with its first offset all the same.
 */
export class AbortedTransactions {
  /** By first offset, so that walking the log meets them in this order. */
  readonly #listed: { readonly producerId: number; readonly firstOffset: number }[]
  /** Producers whose aborted transaction is open at the place where the walk is. */
  readonly #open = new Set<number>()
  #next = 0

  constructor(aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]) {
    this.#listed = aborted
      .map(a => ({ producerId: Number(a.producerId), firstOffset: Number(a.firstOffset) }))
      .toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Call it for every batch in order of offset. True: the transactional batch of this producer was aborted. */
  covers(producerId: number, lastOffset: number): boolean {
    this.#openUpTo(lastOffset)
    return this.#open.has(producerId)
  }

  /**
   * The control batch that ends an aborted transaction. Only that: a data record may have the same key as a marker, and the
   * next transaction of the producer counts again.
   */
  abortMarker(producerId: number, lastOffset: number): void {
    this.#openUpTo(lastOffset)
    this.#open.delete(producerId)
  }

  #openUpTo(offset: number): void {
    for (; this.#next < this.#listed.length && this.#listed[this.#next].firstOffset <= offset; this.#next++) {
      this.#open.add(this.#listed[this.#next].producerId)
    }
  }
}
