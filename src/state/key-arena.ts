import { makeError, type MillraceError } from '../common/errors.ts'
import { equalKeys, KeyBytes } from './key-bytes.ts'

/**
 * Key bytes one after the other, in order of slots. While all keys have one length no offsets are kept
 * (key i stands at i · length); the first key of another length makes them.
 */
export class KeyArena {
  /** The memory in which the keys lie. */
  readonly keys: KeyBytes = new KeyBytes()
  /** How many keys. */
  count = 0
  #used = 0
  #length = 0
  #offsets: Uint32Array | null = null

  readonly #limit: number

  /** `limit`: most bytes of keys; offsets have 32 bits. */
  constructor(capacity = 64, limit = 0xffff_ffff) {
    this.#limit = limit
    this.keys.set(new Uint8Array(capacity))
  }

  get bytes(): Uint8Array {
    return this.keys.bytes
  }

  get usedBytes(): number {
    return this.#used
  }

  /** The length that all keys share, −1 when they differ. */
  get fixedLength(): number {
    return this.#offsets === null ? this.#length : -1
  }

  get memoryBytes(): number {
    return this.bytes.byteLength + (this.#offsets?.byteLength ?? 0)
  }

  start(slot: number): number {
    return this.#offsets === null ? slot * this.#length : this.#offsets[slot]
  }

  end(slot: number): number {
    return this.#offsets === null ? (slot + 1) * this.#length : this.#offsets[slot + 1]
  }

  equals(slot: number, keys: KeyBytes, start: number, end: number): boolean {
    const at = this.start(slot)
    const n = end - start
    return this.end(slot) - at === n && equalKeys(this.keys, at, keys, start, n)
  }

  /**
   * Adds a key as the last one.
   * @throws QueryError STATE_BUDGET_EXCEEDED at 4 GiB of keys
   */
  push(keys: Uint8Array, start: number, end: number): void {
    const n = end - start
    const used = this.#used
    if (used + n > this.bytes.length) this.#growBytes(used + n)
    if (this.count === 0 && this.#offsets === null) this.#length = n
    else if (this.#offsets === null && n !== this.#length) this.#makeOffsets()
    const bytes = this.bytes
    if (n < 32) for (let i = 0; i < n; i++) bytes[used + i] = keys[start + i]
    else bytes.set(keys.subarray(start, end), used)
    this.#used = used + n
    this.count++
    if (this.#offsets !== null) {
      if (this.count >= this.#offsets.length) this.#growOffsets()
      this.#offsets[this.count] = this.#used
    }
  }

  /** Makes room for that many keys of the average length seen so far. */
  reserveFor(keys: number): void {
    if (this.count === 0) return
    const bytes = Math.min(this.#limit, Math.ceil((this.#used / this.count) * keys))
    if (bytes > this.bytes.length) this.#resize(bytes)
  }

  /** Forgets all keys from `count` on. */
  truncate(count: number): void {
    this.#used = this.start(count)
    this.count = count
    if (count === 0) this.#offsets = null
  }

  /** Keeps the given slots only, in their order (ascending). */
  keep(slots: Int32Array): void {
    const bytes = this.bytes
    let used = 0
    for (let i = 0; i < slots.length; i++) {
      const start = this.start(slots[i])
      const end = this.end(slots[i])
      bytes.copyWithin(used, start, end)
      used += end - start
      // Slot i was read before or is slots[i] itself, so its offset may be overwritten. Offset i is the former end.
      if (this.#offsets !== null) this.#offsets[i] = used - (end - start)
    }
    if (this.#offsets !== null) this.#offsets[slots.length] = used
    this.#used = used
    this.count = slots.length
    if (this.count === 0) this.#offsets = null
  }

  #makeOffsets(): void {
    const offsets = new Uint32Array(Math.max(16, this.count * 2))
    for (let i = 0; i <= this.count; i++) offsets[i] = i * this.#length
    this.#offsets = offsets
  }

  #growOffsets(): void {
    const old = this.#offsets as Uint32Array
    const offsets = new Uint32Array(old.length * 2)
    offsets.set(old)
    this.#offsets = offsets
  }

  #growBytes(needed: number): void {
    if (needed > this.#limit) throw arenaFull(this.count, needed, this.#limit)
    this.#resize(Math.min(this.#limit, Math.max(needed, Math.ceil(this.bytes.length * 1.5))))
  }

  #resize(bytes: number): void {
    const grown = new Uint8Array(bytes)
    grown.set(this.bytes.subarray(0, this.#used))
    this.keys.set(grown)
  }
}

function arenaFull(keys: number, bytes: number, limit: number): MillraceError {
  return makeError(
    'STATE_BUDGET_EXCEEDED',
    `The ${keys} keys of one state table and the next one take ${bytes} bytes, and a table holds at most ${limit}. Use more state partitions, shorter keys, or a watermark that lets old groups go.`,
    { context: { keys, bytes, limit } },
  )
}
