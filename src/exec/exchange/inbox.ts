import { assert } from '../../common/assert.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { queryStopped } from '../task-errors.ts'
import type { AttemptTag, FrameKey } from './outbox.ts'
import type { Peer } from './peer.ts'

/** A frame that a task will merge: its key, where it is, and what it counts as. */
export interface WantedFrame extends FrameKey {
  /** Id of the executor that holds it. */
  readonly executor: string
  readonly bytes: number
}

/** The frames that tasks merge, one after the other in the order in which they are merged. */
export interface FrameSource {
  next(signal: AbortSignal): RecordBatch | Promise<RecordBatch>
}

/**
 * Bytes of frames from one executor that another one may have asked for and not merged yet. Enough to hide the way
 * there and back; little beside the tables that the frames go into.
 */
export const exchangeWindowBytes = 16 * 1024 * 1024

/**
 * What one executor still wants from one other, in the order of merging, and how much of it is under way. See
 * exchange.ts for why this cannot come to a standstill.
 */
export class Inbox {
  readonly #peer: Peer
  readonly #tag: AttemptTag
  readonly #wanted: readonly WantedFrame[]
  readonly #windowBytes: number
  /** Frames asked for so far. */
  #asked = 0
  /** Of frames asked for and not merged. */
  #openBytes = 0
  /** Answers that have not been looked at. */
  readonly #answers: Promise<RecordBatch[]>[] = []
  /** What is left of the answer in use, last frame first. */
  #arrived: RecordBatch[] = []

  constructor(peer: Peer, tag: AttemptTag, wanted: readonly WantedFrame[], windowBytes: number) {
    this.#peer = peer
    this.#tag = tag
    this.#wanted = wanted
    this.#windowBytes = windowBytes
  }

  /** Asks for as many more frames as fit; always for one if none is under way, however large it is. */
  ask(): void {
    // Half a window at a time, so that small frames do not cost a message each.
    if (this.#openBytes > this.#windowBytes / 2) return
    const from = this.#asked
    for (; this.#asked < this.#wanted.length; this.#asked++) {
      const { bytes } = this.#wanted[this.#asked]
      if (this.#openBytes > 0 && this.#openBytes + bytes > this.#windowBytes) break
      this.#openBytes += bytes
    }
    if (this.#asked === from) return
    const answer = this.#peer.take(this.#tag, this.#wanted.slice(from, this.#asked).map(({ aggregation, position, partition }) => ({ aggregation, position, partition })))
    // A failure is for the task that comes to this frame; when another ended the stage before, for nobody.
    answer.catch(() => undefined)
    this.#answers.push(answer)
  }

  /** The next frame. Every one before it has been merged, so that if it was not asked for yet, nothing is under way. */
  async next(signal: AbortSignal): Promise<RecordBatch> {
    this.ask()
    for (;;) {
      const frame = this.#arrived.pop()
      if (frame !== undefined) return frame
      const answer = this.#answers.shift()
      assert(answer !== undefined, 'A frame that is wanted has been asked for.', { asked: this.#asked, wanted: this.#wanted.length })
      this.#arrived = (await unlessAborted(answer, signal)).reverse()
    }
  }

  merged(bytes: number): void {
    this.#openBytes -= bytes
    this.ask()
  }
}

/** The promise, or the end of the query if that comes first: who holds the frames may be busy with others for long. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(queryStopped())
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort)).catch(() => undefined)
  })
}
