import type { ModelResources } from '../ml/model.ts'

/** What a model did in one task. */
export interface ModelMetrics {
  readonly digest: string
  /** Rows that it scored. */
  readonly rows: number
  /** Calls of its score(), and how long they took, in milliseconds. */
  readonly calls: number
  readonly timeMs: number
  /** Calls that failed, and rows that a fallback answered for it. */
  readonly errors: number
  readonly fallbackRows: number
  /** Rows with inputs that it was not trained for, or that it refused: counted where onInvalid is not "keep". */
  readonly invalidRows: number
  /** What its library holds on the thread; null for models in JavaScript. */
  readonly resources: ModelResources | null
}

export type ModelCount = { -readonly [K in keyof ModelMetrics]: ModelMetrics[K] }

/** Counts by model, over the score() calls of a task. */
export class ModelTally {
  readonly #counts = new Map<string, ModelCount>()

  of(digest: string): ModelCount {
    let count = this.#counts.get(digest)
    if (count === undefined) this.#counts.set(digest, (count = { digest, rows: 0, calls: 0, timeMs: 0, errors: 0, fallbackRows: 0, invalidRows: 0, resources: null }))
    return count
  }

  get metrics(): readonly ModelMetrics[] {
    return [...this.#counts.values()]
  }
}
