import { Worker } from 'node:worker_threads'
import { assert } from '../common/assert.ts'
import { errorFromData, makeError } from '../common/errors.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { batchFromData } from '../columnar/transfer.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { Executor, QuerySetup } from './executor.ts'
import type { StateImage } from './query-runtime.ts'
import type { Task, TaskResult } from './tasks.ts'
import { type FromWorker, type Reply, type Request, resultFromData, setupToRequest, taskToData, type ToWorker } from './worker-protocol.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** An executor on a worker thread. A thread that dies fails what it was doing with EXEC_TASK_LOST. */
export class WorkerExecutor implements Executor {
  readonly id: string
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #next = 1
  #lost: Error | null = null

  constructor(id: string) {
    this.id = id
    this.#worker = new Worker(new URL('./worker-main.js', import.meta.url), { workerData: { id }, name: id })
    this.#worker.unref()
    this.#worker.on('message', (message: FromWorker) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (this.#waiting.size === 0) this.#worker.unref()
      if (message.reply.kind === 'failed') waiting?.reject(errorFromData(message.reply.error))
      else waiting?.resolve(message.reply)
    })
    this.#worker.on('error', error => {
      this.#fail(taskLost(id, error))
    })
    this.#exited = new Promise(resolve => {
      this.#worker.on('exit', code => {
        this.#fail(taskLost(id, new Error(`exit code ${code}`)))
        resolve()
      })
    })
  }

  /** The thread has ended; nothing can be asked of it any more. */
  get isLost(): boolean {
    return this.#lost !== null
  }

  async open(run: string, setup: QuerySetup): Promise<void> {
    await this.#ask(setupToRequest(run, setup))
  }

  async restore(run: string, image: StateImage): Promise<void> {
    await this.#ask({ kind: 'restore', run, image })
  }

  async run(run: string, tasks: readonly Task[], signal: AbortSignal): Promise<readonly TaskResult[]> {
    const transfer = new Set<ArrayBuffer>()
    const request: Request = { kind: 'run', run, tasks: tasks.map(t => taskToData(t, transfer)) }
    const reply = await this.#ask(request, [...transfer], signal)
    assert(reply.kind === 'results', 'Tasks are answered by their results.')
    return reply.results.map(resultFromData)
  }

  async accept(run: string): Promise<void> {
    await this.#ask({ kind: 'accept', run })
  }

  async undo(run: string): Promise<void> {
    await this.#ask({ kind: 'undo', run })
  }

  async snapshot(run: string, aggregation: number, partition: number, batchId: number): Promise<readonly SnapshotPage[]> {
    const reply = await this.#ask({ kind: 'snapshot', run, aggregation, partition, batchId })
    assert(reply.kind === 'pages', 'A snapshot is answered by pages.')
    return reply.pages
  }

  async stateRows(run: string, aggregation: number, partition: number): Promise<readonly RecordBatch[]> {
    const reply = await this.#ask({ kind: 'stateRows', run, aggregation, partition })
    assert(reply.kind === 'batches', 'State rows are answered by batches.')
    return reply.batches.map(batchFromData)
  }

  async close(run: string): Promise<void> {
    if (this.#lost === null) await this.#ask({ kind: 'close', run })
  }

  /** The worker leaves by itself once its running task has ended: terminating a thread inside native code would take the process along. */
  async stop(): Promise<void> {
    if (this.#lost === null) await this.#ask({ kind: 'stop' }).catch(() => undefined)
    // Whoever waits for the end of the thread must not see the process end first.
    this.#worker.ref()
    await this.#exited
  }

  #ask(request: Request, transfer: ArrayBuffer[] = [], signal?: AbortSignal): Promise<Reply> {
    if (this.#lost !== null) return Promise.reject(this.#lost)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#worker.postMessage({ abort: id } satisfies ToWorker)
      signal?.addEventListener('abort', abort, { once: true })
      const settle = (): void => signal?.removeEventListener('abort', abort)
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
      this.#worker.postMessage({ id, request } satisfies ToWorker, transfer)
      if (signal?.aborted) abort()
    })
  }

  #fail(error: Error): void {
    this.#lost ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#lost)
    this.#waiting.clear()
  }
}

function taskLost(id: string, cause: unknown): Error {
  return makeError('EXEC_TASK_LOST', `Executor "${id}" ended while the query was using it. The query can be started again; if it happens again, give the process more memory or lower maxBytesPerTrigger.`, {
    context: { executor: id },
    cause,
  })
}
