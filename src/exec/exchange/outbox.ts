import { batchBytes, type RecordBatch } from '../../columnar/record-batch.ts'
import type { MemoryLease } from '../memory-lease.ts'
import type { BatchContext } from '../physical-plan.ts'

/** A frame of one attempt: partial results of one task for one partition of an aggregation. */
export interface FrameKey {
  /** The aggregation that merges it. */
  readonly aggregation: number
  /** Of the task that made it, among those of its stage. */
  readonly position: number
  /** The state partition that it belongs to. */
  readonly partition: number
}

/** Whose frames they are. A retry is another attempt, so that it never meets what an earlier one left. */
export interface AttemptTag {
  /** This run of the query, unique within the process. */
  readonly run: string
  /** Batch and attempt. */
  readonly attempt: string
}

export function attemptTag(run: string, { batchId, attempt }: Pick<BatchContext, 'batchId' | 'attempt'>): AttemptTag {
  return { run, attempt: `${batchId}/${attempt.epoch}-${attempt.random}` }
}

/** What the objects around a frame's columns take, roughly: a thousand small frames are not free. */
const bytesPerFrame = 1024

/** What a frame counts as where bytes are counted. */
export function frameBytes(frame: RecordBatch): number {
  return batchBytes(frame) + bytesPerFrame
}

interface Kept {
  readonly frame: RecordBatch
  readonly bytes: number
  readonly lease: MemoryLease
}

/** Frames made on this executor, each until the one executor that merges it takes it. Meanwhile they count as memory of their query. */
export class Outbox {
  /** By run, attempt and key. */
  readonly #frames = new Map<string, Map<string, Map<string, Kept>>>()

  /** Answers what the frame counts as. */
  put({ run, attempt }: AttemptTag, key: FrameKey, frame: RecordBatch, lease: MemoryLease): number {
    let attempts = this.#frames.get(run)
    if (attempts === undefined) this.#frames.set(run, (attempts = new Map()))
    let frames = attempts.get(attempt)
    if (frames === undefined) attempts.set(attempt, (frames = new Map()))
    const bytes = frameBytes(frame)
    frames.set(nameOf(key), { frame, bytes, lease })
    lease.change(bytes)
    return bytes
  }

  /** Hands a frame out, for good; undefined where there is none (any more). */
  take({ run, attempt }: AttemptTag, key: FrameKey): RecordBatch | undefined {
    const attempts = this.#frames.get(run)
    const frames = attempts?.get(attempt)
    if (attempts === undefined || frames === undefined) return undefined
    const name = nameOf(key)
    const kept = frames.get(name)
    frames.delete(name)
    kept?.lease.change(-kept.bytes)
    if (frames.size === 0) attempts.delete(attempt)
    if (attempts.size === 0) this.#frames.delete(run)
    return kept?.frame
  }

  drop({ run, attempt }: AttemptTag): void {
    const attempts = this.#frames.get(run)
    for (const { lease, bytes } of attempts?.get(attempt)?.values() ?? []) lease.change(-bytes)
    attempts?.delete(attempt)
    if (attempts?.size === 0) this.#frames.delete(run)
  }

  dropRun(run: string): void {
    for (const attempt of [...(this.#frames.get(run)?.keys() ?? [])]) this.drop({ run, attempt })
  }
}

function nameOf({ aggregation, position, partition }: FrameKey): string {
  return `${aggregation}/${position}/${partition}`
}
