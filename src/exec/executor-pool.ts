import type { Ports } from '../common/ports.ts'
import type { Executor } from './executor.ts'
import { RuntimeHost } from './runtime-host.ts'
import { WorkerExecutor } from './worker-executor.ts'

/** The executors of a session, shared by its queries. None asked for: the driver's own thread runs the tasks. */
export class ExecutorPool {
  readonly #executors: Executor[]

  constructor(workers: number, ports: Ports) {
    this.#executors = workers === 0 ? [new RuntimeHost('inline', ports)] : Array.from({ length: workers }, (_, i) => new WorkerExecutor(`executor-${i}`))
  }

  get executors(): readonly Executor[] {
    return this.#executors
  }

  /** Puts a new thread in the place of each that has died. For the start of a query: running ones have failed by then. */
  revive(): void {
    this.#executors.forEach((executor, i) => {
      if (executor instanceof WorkerExecutor && executor.isLost) this.#executors[i] = new WorkerExecutor(executor.id)
    })
  }

  /** The executor that owns a partition (of the input, or of the state): always the same one within a run. */
  owner(partition: number): Executor {
    return this.#executors[partition % this.#executors.length]
  }

  async stop(): Promise<void> {
    await Promise.all(this.#executors.map(e => e.stop()))
  }
}
