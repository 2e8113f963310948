import type { MessagePort } from 'node:worker_threads'
import { assert } from '../../common/assert.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { MemoryLease } from '../memory-lease.ts'
import { taskLost } from '../task-errors.ts'
import type { Task } from '../tasks.ts'
import { exchangeWindowBytes, type FrameSource, Inbox, type WantedFrame } from './inbox.ts'
import { type AttemptTag, Outbox } from './outbox.ts'
import { Peer } from './peer.ts'

/**
 * How partial results come from the executor that made them to the one that merges them. The driver tells each task
 * which frames to merge, in which order, and who holds them; it never sees their rows.
 *
 *   executor-0                                executor-1
 *   stage one: tasks 0, 2, 4                  stage one: tasks 1, 3
 *     └► outbox: frame per partition            └► outbox: frame per partition
 *   stage two: partitions 0, 2, 4             stage two: partitions 1, 3
 *     frames of 0, 2, 4 ── outbox (no message)  …
 *     frames of 1, 3 ──── take ───────────────►
 *                    ◄─── given (columns) ─────
 *
 * Frames are fetched, not sent: the executor that merges asks for those that it needs next, by name, over the port that
 * it has to each other executor.
 *
 * **Bounded.** Of what one executor holds for another at most {@link exchangeWindowBytes} (or one frame, if it is larger)
 * are asked for and not merged: these are all that can be in the queue between the two threads or wait behind it. Bytes
 * are credited back when a frame has been merged. What was not asked for stays with the task that made it.
 *
 * **No standstill.** A holder never waits: it answers each wish as soon as its event loop turns, from what it has, and
 * stage two begins when stage one is complete. A receiver waits for one frame only, the next in the order of merging. It
 * asks each holder in that same order, so the next frame is the first of its holder's that is not merged yet: either
 * it has been asked for, or nothing from that holder is under way, and then one frame may be asked for whatever its size.
 * Waiting ends too when the query is aborted, or with EXEC_TASK_LOST when the holder's thread ends (its port closes) or
 * a new thread in its place says that it has no such frame.
 *
 * **Nothing is left over.** Frames carry run, batch and attempt. After a failure every executor drops those of the
 * attempt, waits for answers that are still under way, and only then acknowledges; the driver reports the failure when
 * all have.
 */
export class Exchange {
  readonly #id: string
  readonly #windowBytes: number
  readonly #outbox = new Outbox()
  readonly #peers = new Map<string, Peer>()

  constructor(id: string, windowBytes = exchangeWindowBytes) {
    this.#id = id
    this.#windowBytes = windowBytes
  }

  /** A port to another executor; it takes the place of an earlier one, whose thread has ended. */
  connect(id: string, port: MessagePort): void {
    this.#peers.get(id)?.close()
    this.#peers.set(id, new Peer(id, port, this.#outbox))
  }

  /** Keeps a task's frames until they are fetched; answers what each counts as. */
  keep(tag: AttemptTag, aggregation: number, position: number, frames: readonly (RecordBatch | null)[], lease: MemoryLease): (number | null)[] {
    return frames.map((frame, partition) => (frame === null ? null : this.#outbox.put(tag, { aggregation, position, partition }, frame, lease)))
  }

  /** The frames of tasks of one attempt, in their order; begins to fetch them. */
  frames(tag: AttemptTag, tasks: readonly Task[]): FrameSource {
    const wanted = tasks.flatMap(wantedBy)
    const inboxes = this.#inboxes(tag, wanted)
    for (const inbox of inboxes.values()) inbox.ask()
    let at = 0
    let merged = (): void => {}
    return {
      next: signal => {
        merged()
        merged = () => {}
        assert(at < wanted.length, 'Tasks merge the frames that they name.', { executor: this.#id, frames: wanted.length })
        const frame = wanted[at++]
        const inbox = inboxes.get(frame.executor)
        if (inbox === undefined) {
          const own = this.#outbox.take(tag, frame)
          assert(own !== undefined, 'A frame waits on the executor that made it.', { executor: this.#id, aggregation: frame.aggregation, position: frame.position, partition: frame.partition })
          return own
        }
        // Credited when the next one is wanted: by then this one is merged.
        merged = () => inbox.merged(frame.bytes)
        return inbox.next(signal)
      },
    }
  }

  /** Drops what the attempt left here; ends when nothing of it can arrive any more. */
  async discard(tag: AttemptTag): Promise<void> {
    this.#outbox.drop(tag)
    for (const peer of this.#peers.values()) await peer.quiet(tag)
  }

  forget(run: string): void {
    this.#outbox.dropRun(run)
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.close()
    this.#peers.clear()
  }

  #inboxes(tag: AttemptTag, wanted: readonly WantedFrame[]): Map<string, Inbox> {
    const byHolder = new Map<string, WantedFrame[]>()
    for (const frame of wanted) {
      if (frame.executor === this.#id) continue
      const list = byHolder.get(frame.executor)
      if (list === undefined) byHolder.set(frame.executor, [frame])
      else list.push(frame)
    }
    return new Map(
      [...byHolder].map(([holder, list]) => {
        const peer = this.#peers.get(holder)
        if (peer === undefined) throw taskLost(holder)
        return [holder, new Inbox(peer, tag, list, this.#windowBytes)]
      }),
    )
  }
}

function wantedBy(task: Task): WantedFrame[] {
  if (task.kind === 'scan') return []
  const { aggregation, partition } = task
  return task.frames.map(({ executor, position, bytes }) => ({ aggregation, partition, executor, position, bytes }))
}
