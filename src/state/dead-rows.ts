/** Which slots of a table hold removed rows. Nothing is allocated until there is one. */
export class DeadRows {
  /** One byte a slot. */
  #flags: Uint8Array | null = null
  count = 0
  /** Bytes of their keys, which lie unused in the arena. */
  keyBytes = 0

  has(slot: number): boolean {
    return this.#flags !== null && slot < this.#flags.length && this.#flags[slot] === 1
  }

  /** `slots`: how many the table has room for. */
  add(slot: number, keyBytes: number, slots: number): void {
    if (this.#flags === null || slot >= this.#flags.length) {
      const flags = new Uint8Array(slots)
      if (this.#flags !== null) flags.set(this.#flags)
      this.#flags = flags
    }
    this.#flags[slot] = 1
    this.count++
    this.keyBytes += keyBytes
  }

  remove(slot: number, keyBytes: number): void {
    ;(this.#flags as Uint8Array)[slot] = 0
    this.count--
    this.keyBytes -= keyBytes
  }

  clear(): void {
    this.#flags = null
    this.count = 0
    this.keyBytes = 0
  }

  get memoryBytes(): number {
    return this.#flags?.byteLength ?? 0
  }
}
