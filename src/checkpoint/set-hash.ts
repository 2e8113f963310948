import { sha256 } from '../common/digest.ts'

/** Sum of 64-bit hashes of entries: the same for the same set, whatever the order; adding and removing are cheap. */
export class SetHash {
  #sum = 0n
  count = 0

  add(entry: string): void {
    this.#sum = BigInt.asUintN(64, this.#sum + entryHash(entry))
    this.count++
  }

  remove(entry: string): void {
    this.#sum = BigInt.asUintN(64, this.#sum - entryHash(entry))
    this.count--
  }

  copy(): SetHash {
    const other = new SetHash()
    other.#sum = this.#sum
    other.count = this.count
    return other
  }

  get text(): string {
    return this.#sum.toString(16).padStart(16, '0')
  }
}

function entryHash(entry: string): bigint {
  return BigInt(`0x${sha256(entry).slice(0, 16)}`)
}
