import type { Ports } from '../common/ports.ts'
import type { Executor } from './executor.ts'
import { PeerMesh } from './exchange/peer-mesh.ts'
import { RuntimeHost } from './runtime-host.ts'
import { WorkerExecutor } from './worker-executor.ts'

/** The executors of a session, shared by its queries. None asked for: the driver's own thread runs the tasks. */
export class ExecutorPool {
  readonly executors: readonly Executor[]

  /** `taskTimeoutMs`: how long a task may take; null: as long as it likes. */
  constructor(workers: number, ports: Ports, taskTimeoutMs: number | null) {
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

  async stop(): Promise<void> {
    await Promise.all(this.executors.map(e => e.stop()))
  }
}
