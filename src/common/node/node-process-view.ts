import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { ProcessState, ProcessView } from '../process-view.ts'

/** How often the event loop is measured: the histogram holds the times between its timers. */
const resolutionMs = 20

/** The process as Node and `/proc` show it. Measures the event loop until it is closed. */
export class NodeProcessView implements ProcessView {
  readonly #loop = monitorEventLoopDelay({ resolution: resolutionMs })

  constructor() {
    this.#loop.enable()
  }

  read(): ProcessState {
    const { user, system } = process.cpuUsage()
    const lag = this.#loop.count === 0 ? 0 : this.#loop.percentile(99) / 1e6 - resolutionMs
    this.#loop.reset()
    const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics()
    return { residentBytes: process.memoryUsage.rss(), heapUsedBytes, heapLimitBytes, cpuSeconds: (user + system) / 1e6, eventLoopLagMs: Math.max(0, lag), openDescriptors: openDescriptors() }
  }

  close(): void {
    this.#loop.disable()
  }
}

function openDescriptors(): number | null {
  try {
    // Reading the folder has one open itself.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return null
  }
}
