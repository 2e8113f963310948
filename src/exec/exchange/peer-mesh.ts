import { MessageChannel } from 'node:worker_threads'
import type { WorkerThread } from '../worker-thread.ts'

/** Sees to it that every two living threads of a pool have a port to each other. */
export class PeerMesh {
  readonly #threads = new Map<string, WorkerThread>()

  /** Connects a new thread with all others; it takes the place of a lost one of the same id. */
  join(thread: WorkerThread): void {
    for (const [id, other] of this.#threads) {
      if (id === thread.id || other.lost !== null) continue
      // Messages to a thread keep their order: both have the port before any task that needs it.
      const { port1, port2 } = new MessageChannel()
      other.connect(thread.id, port1)
      thread.connect(id, port2)
    }
    this.#threads.set(thread.id, thread)
  }
}
