import { Worker } from 'node:worker_threads'
import { assert } from '../common/assert.ts'
import { errorFromData, makeError } from '../common/errors.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { batchFromData } from '../columnar/transfer.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { Executor, QuerySetup, SnapshotRequest } from './executor.ts'
import type { StateImage } from './query-runtime.ts'
import type { StatePart } from './snapshot-cursors.ts'
import type { Task, TaskResult } from './tasks.ts'
import { type FromWorker, type Reply, type Request, resultFromData, setupToRequest, taskToData, type ToWorker } from './worker-protocol.ts'

/**
 * An executor on a worker thread. A thread that dies takes along what its queries had there: each of them fails with
 * EXEC_TASK_LOST. The next query that opens gets a new thread, so that a restart within the session goes on.
 */
export class WorkerExecutor implements Executor {
  readonly id: string
  #thread: WorkerThread
  /** The thread that each run was opened on: its state is there and nowhere else. */
  readonly #runs = new Map<string, WorkerThread>()

  constructor(id: string) {
    this.id = id
    this.#thread = new WorkerThread(id)
  }

  async open(run: string, setup: QuerySetup): Promise<void> {
    if (this.#thread.lost !== null) this.#thread = new WorkerThread(this.id)
    this.#runs.set(run, this.#thread)
    await this.#of(run).ask(setupToRequest(run, setup))
  }

  async restore(run: string, image: StateImage): Promise<void> {
    await this.#of(run).ask({ kind: 'restore', run, image })
  }

  async run(run: string, tasks: readonly Task[], signal: AbortSignal): Promise<readonly TaskResult[]> {
    const transfer = new Set<ArrayBuffer>()
    const request: Request = { kind: 'run', run, tasks: tasks.map(t => taskToData(t, transfer)) }
    const reply = await this.#of(run).ask(request, [...transfer], signal)
    assert(reply.kind === 'results', 'Tasks are answered by their results.')
    return reply.results.map(resultFromData)
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

  #of(run: string): WorkerThread {
    const thread = this.#runs.get(run)
    assert(thread !== undefined, 'The executor does not know this query.', { run, executor: this.id })
    return thread
  }
}

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** One thread and the requests that it has not answered yet. */
class WorkerThread {
  /** Why the thread is no more; null while it lives. */
  lost: Error | null = null
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #next = 1

  constructor(id: string) {
    this.#worker = new Worker(new URL('./worker-main.js', import.meta.url), { workerData: { id }, name: id })
    this.#worker.unref()
    this.#worker.on('message', (message: FromWorker) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (this.#waiting.size === 0) this.#worker.unref()
      if (message.reply.kind === 'failed') waiting?.reject(errorFromData(message.reply.error))
      else waiting?.resolve(message.reply)
    })
    this.#worker.on('error', error => this.#fail(taskLost(id, error)))
    this.#exited = new Promise(resolve => {
      this.#worker.on('exit', code => {
        this.#fail(taskLost(id, new Error(`exit code ${code}`)))
        resolve()
      })
    })
  }

  ask(request: Request, transfer: ArrayBuffer[] = [], signal?: AbortSignal): Promise<Reply> {
    if (this.lost !== null) return Promise.reject(this.lost)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#worker.postMessage({ abort: id } satisfies ToWorker)
      const settle = (): void => signal?.removeEventListener('abort', abort)
      // Posted first: a request that cannot be cloned throws here, and nobody must wait for its answer.
      this.#worker.postMessage({ id, request } satisfies ToWorker, transfer)
      this.#waiting.set(id, {
        resolve: reply => {
          settle()
          resolve(reply)
        },
        reject: error => {
          settle()
          reject(error)
        },
      })
      // A request under way keeps the process alive, an idle worker does not.
      this.#worker.ref()
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
    })
  }

  /** The thread leaves by itself once its running task has ended: terminating one inside native code would take the process along. */
  async stop(): Promise<void> {
    if (this.lost === null) await this.ask({ kind: 'stop' }).catch(() => undefined)
    // Who waits for the end of the thread must not be ended himself because nothing else is going on.
    this.#worker.ref()
    await this.#exited
  }

  #fail(error: Error): void {
    this.lost ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.lost)
    this.#waiting.clear()
  }
}

function taskLost(id: string, cause: unknown): Error {
  return makeError('EXEC_TASK_LOST', `Executor "${id}" ended while the query was using it. The query can be started again; if it happens again, give the process more memory or lower maxBytesPerTrigger.`, {
    context: { executor: id },
    cause,
  })
}
