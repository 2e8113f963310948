import type { Ports } from '../common/ports.ts'
import type { Executor } from './executor.ts'
import { PeerMesh } from './exchange/peer-mesh.ts'
import { type LeaseData, MemoryBudget } from './memory-lease.ts'
import { RuntimeHost } from './runtime-host.ts'
import { WorkerExecutor } from './worker-executor.ts'

export interface PoolLimits {
  /** How long a task may take; null: as long as it likes. */
  readonly taskTimeoutMs: number | null
  /** What the queries may hold in memory together. */
  readonly memoryBudgetBytes: number
}

/** The executors of a session, shared by its queries. None asked for: the driver's own thread runs the tasks. */
export class ExecutorPool {
  readonly executors: readonly Executor[]

  readonly #memory: MemoryBudget

  constructor(workers: number, ports: Ports, { taskTimeoutMs, memoryBudgetBytes }: PoolLimits) {
    this.#memory = new MemoryBudget(memoryBudgetBytes)
    const mesh = new PeerMesh()
    this.executors =
      workers === 0
        ? [new RuntimeHost('inline', ports, { taskTimeoutMs })]
        : Array.from({ length: workers }, (_, i) => new WorkerExecutor(`executor-${i}`, mesh, ports.clock, taskTimeoutMs))
  }

  /** The executor that owns a partition (of the input, or of the state): always the same one within a run. */
  owner(partition: number): Executor {
    return this.executors[partition % this.executors.length]
  }

  /** Counts what one run of a query holds in memory; all its executors are opened with it. */
  lease(): LeaseData {
    return this.#memory.lease()
  }

  /** To be called when the run has been closed on all executors. */
  giveBack(lease: LeaseData): void {
    this.#memory.giveBack(lease)
  }

  async stop(): Promise<void> {
    await Promise.all(this.executors.map(e => e.stop()))
  }
}
