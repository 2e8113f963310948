import type { Clock } from '../common/clock.ts'
import { assert } from '../common/assert.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { batchFromData } from '../columnar/transfer.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { Executor, QuerySetup } from './executor.ts'
import type { PeerMesh } from './exchange/peer-mesh.ts'
import type { BatchContext } from './physical-plan.ts'
import type { SnapshotRequest, StateImage, StatePart } from './state-parts.ts'
import type { Task, TaskResult } from './tasks.ts'
import { resultFromData, setupToRequest, taskToData } from './worker-protocol.ts'
import { WorkerThread } from './worker-thread.ts'

/**
 * An executor on a worker thread. A thread that dies takes along what its queries had there: each of them fails with
 * EXEC_TASK_LOST. The next query that opens gets a new thread, so that a restart within the session goes on.
 */
export class WorkerExecutor implements Executor {
  readonly id: string
  readonly #mesh: PeerMesh
  readonly #start: () => WorkerThread
  #thread: WorkerThread
  /** The thread that each run was opened on: its state is there and nowhere else. */
  readonly #runs = new Map<string, WorkerThread>()

  constructor(id: string, mesh: PeerMesh, clock: Clock, taskTimeoutMs: number | null) {
    this.id = id
    this.#mesh = mesh
    this.#start = () => new WorkerThread(id, clock, taskTimeoutMs)
    this.#thread = this.#begin()
  }

  async open(run: string, setup: QuerySetup): Promise<void> {
    if (this.#thread.lost !== null) this.#thread = this.#begin()
    this.#runs.set(run, this.#thread)
    await this.#of(run).ask(setupToRequest(run, setup))
  }

  async restore(run: string, image: StateImage): Promise<void> {
    await this.#of(run).ask({ kind: 'restore', run, image })
  }

  async addModel(run: string, digest: string, artefact: ModelArtefact): Promise<void> {
    await this.#of(run).ask({ kind: 'addModel', run, digest, artefact })
  }

  async dropModel(run: string, digest: string): Promise<void> {
    await this.#of(run).ask({ kind: 'dropModel', run, digest })
  }

  async run(run: string, tasks: readonly Task[], signal: AbortSignal): Promise<readonly TaskResult[]> {
    const reply = await this.#of(run).ask({ kind: 'run', run, tasks: tasks.map(taskToData) }, signal)
    assert(reply.kind === 'results', 'Tasks are answered by their results.')
    return reply.results.map(resultFromData)
  }

  async discard(run: string, batch: BatchContext): Promise<void> {
    const thread = this.#of(run)
    await thread.ask({ kind: 'discard', run, batch }).catch((error: unknown) => {
      // What a thread had is gone with it.
      if (thread.lost === null) throw error
    })
  }

  async accept(run: string): Promise<void> {
    await this.#of(run).ask({ kind: 'accept', run })
  }

  async beginSnapshot(run: string, snapshot: SnapshotRequest): Promise<void> {
    await this.#of(run).ask({ kind: 'beginSnapshot', run, snapshot })
  }

  async snapshotPage(run: string, part: StatePart): Promise<SnapshotPage | null> {
    const reply = await this.#of(run).ask({ kind: 'snapshotPage', run, part })
    assert(reply.kind === 'page', 'A page is answered by a page.')
    return reply.page
  }

  async endSnapshot(run: string): Promise<void> {
    await this.#of(run).ask({ kind: 'endSnapshot', run })
  }

  async stateRows(run: string, aggregation: number, partition: number): Promise<readonly RecordBatch[]> {
    const reply = await this.#of(run).ask({ kind: 'stateRows', run, aggregation, partition })
    assert(reply.kind === 'batches', 'State rows are answered by batches.')
    return reply.batches.map(batchFromData)
  }

  async close(run: string): Promise<void> {
    const thread = this.#runs.get(run)
    this.#runs.delete(run)
    if (thread !== undefined && thread.lost === null) await thread.ask({ kind: 'close', run })
  }

  stop(): Promise<void> {
    return this.#thread.stop()
  }

  #begin(): WorkerThread {
    const thread = this.#start()
    this.#mesh.join(thread)
    return thread
  }

  #of(run: string): WorkerThread {
    const thread = this.#runs.get(run)
    assert(thread !== undefined, 'The executor does not know this query.', { run, executor: this.id })
    return thread
  }
}
