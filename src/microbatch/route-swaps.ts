import { messageOf } from '../common/errors.ts'
import { canonicalJson } from '../common/json.ts'
import { quoteList } from '../common/suggest.ts'
import type { RouteShares } from '../exec/physical-plan.ts'

type Weights = RouteShares['weights']

/** The weights that a registry has for a model, which may be others tomorrow. */
export interface WatchedWeights {
  /** null: it has none, and each query goes by its own. */
  now(): Promise<Weights | null>
  /** Resolves when they are others than `known`; undefined once the signal aborts. */
  next(known: Weights | null, signal: AbortSignal): Promise<{ readonly weights: Weights | null } | undefined>
}

/** How the rows of a score() are shared out. */
export interface RouteStatus {
  /** The model that the labels are aliases or versions of. */
  readonly name: string
  readonly weights: Weights
  /** First batch with them in this run; null until there is one. */
  readonly sinceBatch: number | null
  /** Why the registry's weights were not taken; null when they were. */
  readonly refused: string | null
}

interface Route {
  readonly planned: RouteShares
  current: Weights
  pending: Weights | null
  sinceBatch: number | null
  refused: string | null
}

/**
 * The shares of the rows in a running query: others come from the registry, and count from the batch on whose record
 * names them. So a replay shares out as the batch did.
 */
export class RouteSwaps {
  readonly #routes: readonly Route[]
  readonly #watched: ReadonlyMap<string, WatchedWeights>
  readonly #signal: AbortSignal
  #watching: Promise<unknown> = Promise.resolve()

  constructor(planned: readonly RouteShares[], watched: ReadonlyMap<string, WatchedWeights>, signal: AbortSignal) {
    this.#routes = planned.map(p => ({ planned: p, current: p.weights, pending: null, sinceBatch: null, refused: null }))
    this.#watched = watched
    this.#signal = signal
  }

  get status(): readonly RouteStatus[] {
    return this.#routes.map(({ planned, current, sinceBatch, refused }) => ({ name: planned.name, weights: current, sinceBatch, refused }))
  }

  watch(): void {
    this.#watching = Promise.all(this.#routes.map(route => this.#watch(route)))
  }

  /** Resolves when nothing is watched any more; the signal must have been aborted. */
  async end(): Promise<void> {
    await this.#watching
  }

  /** The shares of the batch that is about to be recorded; undefined when no score() has a route. */
  take(): RouteShares[] | undefined {
    if (this.#routes.length === 0) return undefined
    for (const route of this.#routes) {
      if (route.pending === null) continue
      route.current = route.pending
      route.pending = null
      route.sinceBatch = null
    }
    return this.#routes.map(({ planned, current }) => ({ name: planned.name, salt: planned.salt, weights: current }))
  }

  committed(batchId: number): void {
    for (const route of this.#routes) route.sinceBatch ??= batchId
  }

  async #watch(route: Route): Promise<void> {
    const { name, weights: own } = route.planned
    const watched = this.#watched.get(name)
    let known: Weights | null = own
    while (watched !== undefined && !this.#signal.aborted) {
      const next: { readonly weights: Weights | null } | undefined = await watched.next(known, this.#signal).catch((error: unknown): undefined => {
        route.refused = `the registry can no longer be watched: ${messageOf(error)}`
      })
      if (next === undefined) return
      known = next.weights
      const weights = next.weights ?? own
      route.refused = weightsMismatch(weights, Object.keys(own))
      if (route.refused === null && canonicalJson(weights) !== canonicalJson(route.pending ?? route.current)) route.pending = weights
    }
  }
}

/** Why rows cannot be shared out so among these labels, one clause; null when they can. */
export function weightsMismatch(weights: Weights, labels: readonly string[]): string | null {
  const unknown = Object.keys(weights).find(label => !labels.includes(label) && weights[label] > 0)
  if (unknown !== undefined) return `they have a share for "${unknown}", and the query has only ${quoteList(labels)}`
  return labels.some(label => (weights[label] ?? 0) > 0) ? null : `they have no share for any of ${quoteList(labels)}`
}
