import type { MessagePort } from 'node:worker_threads'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { batchFromData, batchToData, type RecordBatchData } from '../../columnar/transfer.ts'
import { taskLost } from '../task-errors.ts'
import type { AttemptTag, FrameKey, Outbox } from './outbox.ts'

/**
 * What two executors say to each other, either of them at any time:
 *
 *   take   → the numbered wish for some frames of one attempt
 *   given  ← all of them in the order asked for, their columns transferred; null when not all of them are there
 */
type PeerMessage =
  | { readonly take: number; readonly tag: AttemptTag; readonly keys: readonly FrameKey[] }
  | { readonly given: number; readonly frames: readonly RecordBatchData[] | null }

interface Asked {
  readonly tag: AttemptTag
  /** Ends when the answer is here, or can no longer come; never fails. */
  readonly settled: Promise<void>
  readonly resolve: (frames: readonly RecordBatchData[]) => void
  readonly reject: (error: Error) => void
}

/** Another executor of the session, at the far end of a port. */
export class Peer {
  readonly #id: string
  readonly #port: MessagePort
  readonly #outbox: Outbox
  readonly #asked = new Map<number, Asked>()
  #next = 1
  #closed = false

  constructor(id: string, port: MessagePort, outbox: Outbox) {
    this.#id = id
    this.#port = port
    this.#outbox = outbox
    port.on('message', (message: PeerMessage) => {
      if ('take' in message) this.#give(message.take, message.tag, message.keys)
      else this.#receive(message.given, message.frames)
    })
    // The far end closes when its thread ends, for whatever reason.
    port.on('close', () => this.#end())
    port.on('messageerror', () => this.close())
    // An executor with nothing to do but to serve others may end.
    port.unref()
  }

  /**
   * Frames that this executor holds, in the order of the keys.
   * @throws QueryError EXEC_TASK_LOST: the executor has ended, or began anew and has them no longer
   */
  async take(tag: AttemptTag, keys: readonly FrameKey[]): Promise<RecordBatch[]> {
    if (this.#closed) throw taskLost(this.#id)
    const id = this.#next++
    const frames = await new Promise<readonly RecordBatchData[]>((resolve, reject) => {
      let settle = (): void => {}
      const settled = new Promise<void>(done => {
        settle = done
      })
      this.#asked.set(id, {
        tag,
        settled,
        resolve: given => {
          settle()
          resolve(given)
        },
        reject: error => {
          settle()
          reject(error)
        },
      })
      this.#port.postMessage({ take: id, tag, keys } satisfies PeerMessage)
    })
    return frames.map(batchFromData)
  }

  /** Waits until nothing of the attempt is on its way from there any more. */
  async quiet({ run, attempt }: AttemptTag): Promise<void> {
    for (const { tag, settled } of [...this.#asked.values()]) if (tag.run === run && tag.attempt === attempt) await settled
  }

  close(): void {
    this.#port.close()
    this.#end()
  }

  #give(id: number, tag: AttemptTag, keys: readonly FrameKey[]): void {
    const transfer = new Set<ArrayBuffer>()
    const frames: RecordBatchData[] = []
    for (const key of keys) {
      const frame = this.#outbox.take(tag, key)
      if (frame !== undefined) frames.push(batchToData(frame, transfer))
    }
    const all = frames.length === keys.length
    this.#port.postMessage({ given: id, frames: all ? frames : null } satisfies PeerMessage, all ? [...transfer] : [])
  }

  #receive(id: number, frames: readonly RecordBatchData[] | null): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (frames === null) asked?.reject(taskLost(this.#id))
    else asked?.resolve(frames)
  }

  #end(): void {
    this.#closed = true
    for (const asked of this.#asked.values()) asked.reject(taskLost(this.#id))
    this.#asked.clear()
  }
}
