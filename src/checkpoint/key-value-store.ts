/** The store port of a checkpoint: LevelDB in production, a simulated one that can lose unsynced writes in tests. Keys are text in byte order. */
export interface KeyValueStore {
  get(key: string): Promise<Uint8Array | undefined>
  /** Atomic. `sync`: durable on return, together with all earlier writes. A failure leaves the outcome unknown. */
  write(changes: readonly StoreChange[], options: { readonly sync: boolean }): Promise<void>
  /** Entries with from ≤ key < to, ascending. */
  range(from: string, to: string): AsyncIterable<readonly [key: string, value: Uint8Array]>
  /** Keys only. */
  keys(from: string, to: string): AsyncIterable<string>
  close(): Promise<void>
}

export type StoreChange =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: string }

export interface StoreProvider {
  /**
   * Opens (creating it if needed) the store in a directory; the lock lasts until close() or the end of the process.
   * @throws CheckpointError CHECKPOINT_IN_USE when another process holds it
   */
  open(directory: string): Promise<KeyValueStore>
}
