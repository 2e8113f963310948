/** How several watermarks become the query's one: the slowest input decides, or the fastest. */
export type WatermarkPolicy = 'min' | 'max'

/** What a batch's tasks saw at one event-time node; milliseconds. */
export interface ObservedTimes {
  readonly node: string
  readonly count: number
  readonly min: number
  readonly max: number
  readonly avg: number
}

export interface WatermarkNodeSpec {
  readonly node: string
  readonly delayMs: number
}

/** What is kept in the checkpoint. */
export interface WatermarkSnapshot {
  readonly nodes: { readonly [node: string]: number }
  /** Batch clock at which the node last saw a row (or the query began), for idle inputs. */
  readonly seenMs: { readonly [node: string]: number }
  readonly global: number | null
}

/**
 * The watermarks of one query. Per node: largest event time seen less the delay. The query's: the smallest (or largest)
 * of these once every node (or one) has seen a row. Neither ever moves back. (semantics.md §1.8, rules 3 to 6; unlike
 * Spark there is no watermark before the first, and the values per node survive a restart.)
 */
export class WatermarkTracker {
  readonly #specs: readonly WatermarkNodeSpec[]
  readonly #policy: WatermarkPolicy
  readonly #likeSpark: boolean
  readonly #nodes: Map<string, number>
  readonly #seen: Map<string, number>
  #global: number | null

  /** `likeSpark`: the first watermark is the epoch, also of an input without a row, and only the query's survives a restart. */
  constructor(specs: readonly WatermarkNodeSpec[], policy: WatermarkPolicy, from: WatermarkSnapshot = noWatermark, likeSpark = false) {
    this.#specs = specs
    this.#policy = policy
    this.#likeSpark = likeSpark
    this.#nodes = new Map()
    this.#seen = new Map()
    this.#global = null
    this.resume(from)
  }

  /** Goes on from what a checkpoint holds. */
  resume(from: WatermarkSnapshot): void {
    this.advance(this.#likeSpark ? { nodes: {}, seenMs: {}, global: from.global ?? 0 } : from)
  }

  get policy(): WatermarkPolicy {
    return this.#policy
  }

  /** Milliseconds, null: none yet. */
  get watermark(): number | null {
    return this.#global
  }

  /** What the watermarks will be after a batch that saw these times; the tracker itself stays as it is. */
  after(times: readonly ObservedTimes[], batch: { readonly clockMs: number; readonly idle: readonly string[] } = { clockMs: 0, idle: [] }): WatermarkSnapshot {
    const nodes = new Map(this.#nodes)
    const seen = new Map(this.#seen)
    for (const { node, delayMs } of this.#specs) {
      if (!seen.has(node)) seen.set(node, batch.clockMs)
      for (const t of times) {
        if (t.node !== node || t.count === 0) continue
        seen.set(node, batch.clockMs)
        const candidate = t.max - delayMs
        const known = nodes.get(node)
        if (known === undefined || candidate > known) nodes.set(node, candidate)
      }
      if (this.#likeSpark && !nodes.has(node)) nodes.set(node, 0)
    }
    // A node that has rows in this batch is not idle, whatever the clock said before.
    const idle = new Set(batch.idle.filter(node => !times.some(t => t.node === node && t.count > 0)))
    return { nodes: Object.fromEntries(nodes), seenMs: Object.fromEntries(seen), global: this.#combine(nodes, idle) }
  }

  /** Takes over what after() gave, once the batch is committed. */
  advance(to: WatermarkSnapshot): void {
    this.#nodes.clear()
    for (const [node, value] of Object.entries(to.nodes)) this.#nodes.set(node, value)
    for (const [node, ms] of Object.entries(to.seenMs)) this.#seen.set(node, ms)
    this.#global = to.global
  }

  snapshot(): WatermarkSnapshot {
    return { nodes: Object.fromEntries(this.#nodes), seenMs: Object.fromEntries(this.#seen), global: this.#global }
  }

  /** Nodes that saw no row for `timeoutMs` of batch clock: they do not hold the watermark back until they see one again. */
  idleAt(clockMs: number, timeoutMs: number | null): string[] {
    if (timeoutMs === null) return []
    return this.#specs.filter(s => clockMs - (this.#seen.get(s.node) ?? clockMs) >= timeoutMs).map(s => s.node)
  }

  /** The nodes that hold the watermark back: without a row yet, or with the smallest value. */
  heldBackBy(): readonly string[] {
    const missing = this.#specs.filter(s => !this.#nodes.has(s.node)).map(s => s.node)
    if (missing.length > 0) return missing
    const lowest = Math.min(...this.#nodes.values())
    return this.#specs.filter(s => this.#nodes.get(s.node) === lowest).map(s => s.node)
  }

  #combine(nodes: ReadonlyMap<string, number>, idle: ReadonlySet<string>): number | null {
    const active = this.#specs.filter(s => !idle.has(s.node))
    const values = (active.length === 0 ? this.#specs : active).map(s => nodes.get(s.node))
    const known = values.filter((v): v is number => v !== undefined)
    // With the policy min an input without a row yet holds the watermark back.
    if (known.length === 0 || (this.#policy === 'min' && known.length < values.length)) return this.#global
    const candidate = this.#policy === 'min' ? Math.min(...known) : Math.max(...known)
    return this.#global === null ? candidate : Math.max(this.#global, candidate)
  }
}

/** Before the first batch. */
export const noWatermark: WatermarkSnapshot = Object.freeze({ nodes: Object.freeze({}), seenMs: Object.freeze({}), global: null })
