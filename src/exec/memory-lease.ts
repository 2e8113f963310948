import { makeError } from '../common/errors.ts'

/** What a run of a query may hold in memory over all executors, and the shared word that counts it. */
export interface LeaseData {
  readonly limitBytes: number
  /** One BigInt64. */
  readonly usedBytes: SharedArrayBuffer
}

export function newLease(limitBytes: number): LeaseData {
  return { limitBytes, usedBytes: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT) }
}

/**
 * One executor's view of what a query holds: state tables, tables of partial results, frames that wait to be merged.
 * Every executor adds what it holds to one shared number, so that each notices when all of them together hold too much,
 * while a task runs and before the heap ends.
 */
export class MemoryLease {
  readonly #limitBytes: number
  readonly #used: BigInt64Array
  /** What this executor holds, by what it is. */
  readonly #held = new Map<string, number>()

  constructor({ limitBytes, usedBytes }: LeaseData) {
    this.#limitBytes = limitBytes
    this.#used = new BigInt64Array(usedBytes)
  }

  /** Bytes that all executors hold. */
  get usedBytes(): number {
    return Number(Atomics.load(this.#used, 0))
  }

  /** Adds bytes, or takes them off, without asking: they are there already. */
  change(bytes: number): void {
    Atomics.add(this.#used, 0, BigInt(bytes))
  }

  /**
   * Says how many bytes something holds now.
   * @throws QueryError STATE_BUDGET_EXCEEDED, when with it the query holds more than it may
   */
  hold(what: string, bytes: number): void {
    this.note(what, bytes)
    const used = this.usedBytes
    if (used > this.#limitBytes) throw budgetExceeded(used, this.#limitBytes)
  }

  /** hold() without asking, for what cannot have grown. */
  note(what: string, bytes: number): void {
    this.change(bytes - (this.#held.get(what) ?? 0))
    this.#held.set(what, bytes)
  }

  release(what: string): void {
    this.note(what, 0)
    this.#held.delete(what)
  }
}

function budgetExceeded(usedBytes: number, budgetBytes: number): Error {
  const mib = (n: number): string => `${Math.ceil(n / 1048576)} MiB`
  // Rounded, the two can look the same.
  const shown = mib(usedBytes) === mib(budgetBytes) ? (n: number): string => `${n} bytes` : mib
  return makeError(
    'STATE_BUDGET_EXCEEDED',
    `The state of the query, with partial results on their way to it, needs ${shown(usedBytes)}, more than the ${shown(budgetBytes)} that the session may use. Raise memoryBudgetBytes, give the process more memory, add a watermark so that old groups leave, group by fewer keys, or give a batch less with the read limits of its sources.`,
    { context: { used: usedBytes, budget: budgetBytes } },
  )
}
