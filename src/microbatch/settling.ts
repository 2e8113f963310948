import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { forgetUpTo } from './forget.ts'
import type { QueryRun } from './query-run.ts'

/** A query without new data for this long makes its last commit mark durable and lets the sources forget. */
const idleFlushMs = 1000

/** Waiting for data, and what is done at such an idle moment and at the end (protocol rule 7). */
export class Settling {
  readonly #run: QueryRun
  /** The batch up to which commit marks are durable and sources have forgotten. */
  #settled: PreparedEntry | null = null
  #waking = new AbortController()

  constructor(run: QueryRun) {
    this.#run = run
  }

  /** Ends the wait for new data: look again. */
  wake(): void {
    this.#waking.abort()
  }

  /** Waits for the sources; when that takes a while, what is committed so far is settled meanwhile. */
  async waitForData(signal: AbortSignal): Promise<void> {
    const { open, position, environment } = this.#run
    const controller = new AbortController()
    const either = AbortSignal.any([signal, controller.signal, this.#waking.signal])
    try {
      const changed = Promise.race([...open.sources.values()].map(s => s.changed(either)))
      if (this.#settled !== position.committed) {
        const idle = environment.ports.clock.sleep(idleFlushMs, either)
        await Promise.race([changed, idle])
        if (!either.aborted) await this.settle()
      }
      await changed
    } finally {
      controller.abort()
      this.#waking = new AbortController()
    }
  }

  /** The last commit mark becomes durable, and the sources may forget what it covers. */
  async settle(): Promise<void> {
    const { committed } = this.#run.position
    if (committed === null || this.#settled === committed) return
    await this.#run.open.checkpoint.flush()
    await forgetUpTo(this.#run, committed)
    this.#settled = committed
  }
}
