import type { Model } from '../ml/model.ts'
import { taskLost } from './task-errors.ts'

/** What the shared word says once the thread is going to be terminated. */
const forbidden = -1

/**
 * How many native calls are under way on an executor's thread, in a word of memory that the driver shares. Terminating a
 * thread inside native code may take the whole process along; terminating it elsewhere costs its queries only. Both sides
 * change the word by compare-and-exchange, so that no call can begin between the driver's look and its deed.
 */
export class NativeCalls {
  readonly shared: SharedArrayBuffer
  readonly #word: Int32Array
  readonly #executor: string

  constructor(executor: string, shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#executor = executor
    this.shared = shared
    this.#word = new Int32Array(shared)
  }

  /** On the thread: a call that must not be cut off. */
  async during<T>(call: () => T | Promise<T>): Promise<T> {
    this.#begin()
    try {
      return await call()
    } finally {
      Atomics.sub(this.#word, 0, 1)
    }
  }

  /** On the driver: from now on no call begins; false, and nothing is changed, if one is under way. */
  forbid(): boolean {
    return Atomics.compareExchange(this.#word, 0, 0, forbidden) === 0
  }

  /** On the driver: a call is under way. */
  get underWay(): boolean {
    return Atomics.load(this.#word, 0) > 0
  }

  #begin(): void {
    for (;;) {
      const calls = Atomics.load(this.#word, 0)
      if (calls === forbidden) throw taskLost(this.#executor)
      if (Atomics.compareExchange(this.#word, 0, calls, calls + 1) === calls) return
    }
  }
}

/** The model with its scoring counted as a native call: whether it is one is the model's own affair. */
export function countedModel(model: Model, calls: NativeCalls): Model {
  return {
    digest: model.digest,
    signature: model.signature,
    score: (inputs, rows, outputs) => calls.during(() => model.score(inputs, rows, outputs)),
    ...(model.unknownCategories === undefined ? {} : { unknownCategories: (input, vector) => model.unknownCategories?.(input, vector) ?? new Int32Array(0) }),
    ...(model.resources === undefined ? {} : { resources: () => model.resources?.() ?? { tensors: 0, bytes: 0 } }),
    close: () => model.close(),
  }
}
