import { makeError } from '../common/errors.ts'

/** What one run of a query holds, and what all of the session hold together: shared words of one BigInt64 each. */
export interface LeaseData {
  /** What all runs of the session may hold together. */
  readonly limitBytes: number
  readonly usedBytes: SharedArrayBuffer
  readonly sessionBytes: SharedArrayBuffer
}

/** The memory of a session, leased to the runs of its queries. */
export class MemoryBudget {
  readonly #limitBytes: number
  readonly #sessionBytes = sharedWord()

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  lease(): LeaseData {
    return { limitBytes: this.#limitBytes, usedBytes: sharedWord(), sessionBytes: this.#sessionBytes }
  }

  /** The run has ended everywhere: what it still held is free. A thread that was lost could not say so itself. */
  giveBack({ usedBytes }: LeaseData): void {
    const left = Atomics.exchange(new BigInt64Array(usedBytes), 0, 0n)
    Atomics.sub(new BigInt64Array(this.#sessionBytes), 0, left)
  }
}

function sharedWord(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
}

/**
 * One executor's view of what a query holds: state tables, tables of partial results, frames that wait to be merged.
 * Every executor adds what it holds to shared numbers, so that each notices when all queries on all of them together hold
 * too much, while a task runs and before the heap ends.
 */
export class MemoryLease {
  readonly #limitBytes: number
  readonly #used: BigInt64Array
  readonly #session: BigInt64Array
  /** What this executor holds, by what it is. */
  readonly #held = new Map<string, number>()

  constructor({ limitBytes, usedBytes, sessionBytes }: LeaseData) {
    this.#limitBytes = limitBytes
    this.#used = new BigInt64Array(usedBytes)
    this.#session = new BigInt64Array(sessionBytes)
  }

  /** Bytes that all executors hold for this run. */
  get usedBytes(): number {
    return Number(Atomics.load(this.#used, 0))
  }

  /** Bytes that all executors hold for all runs of the session. */
  get sessionBytes(): number {
    return Number(Atomics.load(this.#session, 0))
  }

  /** Adds bytes, or takes them off, without asking: they are there already. */
  change(bytes: number): void {
    Atomics.add(this.#used, 0, BigInt(bytes))
    Atomics.add(this.#session, 0, BigInt(bytes))
  }

  /**
   * Says how many bytes something holds now.
   * @throws QueryError STATE_BUDGET_EXCEEDED, when with it the queries of the session hold more than they may
   */
  hold(what: string, bytes: number): void {
    this.note(what, bytes)
    const session = this.sessionBytes
    if (session > this.#limitBytes) throw budgetExceeded(this.usedBytes, session, this.#limitBytes)
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

function budgetExceeded(usedBytes: number, sessionBytes: number, budgetBytes: number): Error {
  const mib = (n: number): string => `${Math.ceil(n / 1048576)} MiB`
  // Rounded, the two can look the same.
  const shown = mib(sessionBytes) === mib(budgetBytes) ? (n: number): string => `${n} bytes` : mib
  const others = sessionBytes > usedBytes ? `, and the other queries of the session ${shown(sessionBytes - usedBytes)}: together` : ','
  return makeError(
    'STATE_BUDGET_EXCEEDED',
    `The state of the query, with partial results on their way to it, needs ${shown(usedBytes)}${others} more than the ${shown(budgetBytes)} that the session may use. Raise memoryBudgetBytes, give the process more memory, add a watermark so that old groups leave, group by fewer keys, or give a batch less with the read limits of its sources.`,
    { context: { used: usedBytes, session: sessionBytes, budget: budgetBytes } },
  )
}
