import { type MessagePort, Worker } from 'node:worker_threads'
import type { Clock } from '../common/clock.ts'
import { errorFromData } from '../common/errors.ts'
import { NativeCalls } from './native-calls.ts'
import { taskLost, taskTimedOut } from './task-errors.ts'
import { TaskWatch } from './task-watch.ts'
import type { FromWorker, Reply, Request, ToWorker, WorkerStart } from './worker-protocol.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** One thread and the requests that it has not answered yet. */
export class WorkerThread {
  readonly id: string
  /** Why the thread is no more; null while it lives. */
  lost: Error | null = null
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #watch: TaskWatch | null
  readonly #exited: Promise<void>
  #next = 1

  constructor(id: string, clock: Clock, taskTimeoutMs: number | null) {
    this.id = id
    const native = new NativeCalls(id)
    const start: WorkerStart = { id, taskTimeoutMs, nativeCalls: native.shared }
    this.#worker = new Worker(new URL('./worker-main.js', import.meta.url), { workerData: start, name: id })
    this.#worker.unref()
    this.#watch = taskTimeoutMs === null ? null : new TaskWatch(clock, taskTimeoutMs, native, request => this.#terminate(request, taskTimedOut(id, taskTimeoutMs)))
    this.#worker.on('message', (message: FromWorker) => {
      if ('began' in message) {
        // A message that was on its way when the thread was ended says nothing any more.
        if (this.#waiting.has(message.began)) this.#watch?.began(message.began)
        return
      }
      this.#watch?.ended(message.id)
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

  /** Gives the thread its end of a port to another one. */
  connect(other: string, port: MessagePort): void {
    this.#worker.postMessage({ connect: other, port } satisfies ToWorker, [port])
  }

  ask(request: Request, signal?: AbortSignal): Promise<Reply> {
    if (this.lost !== null) return Promise.reject(this.lost)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#worker.postMessage({ abort: id } satisfies ToWorker)
      const settle = (): void => signal?.removeEventListener('abort', abort)
      // Posted first: a request that cannot be cloned throws here, and nobody must wait for its answer.
      this.#worker.postMessage({ id, request } satisfies ToWorker)
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

  /** Ends the thread, which a task of this request does not let go of; other requests share its fate. */
  #terminate(request: number, error: Error): void {
    this.#waiting.get(request)?.reject(error)
    this.#waiting.delete(request)
    this.#fail(taskLost(this.id, error))
    void this.#worker.terminate()
  }

  #fail(error: Error): void {
    this.lost ??= error
    this.#watch?.endedAll()
    for (const waiting of this.#waiting.values()) waiting.reject(this.lost)
    this.#waiting.clear()
  }
}
