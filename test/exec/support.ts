import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { avg, count, files, schema, type Session, type StreamingQuery, sum, t, Trigger, window } from 'millrace'
import { onTestFinished, vi } from 'vitest'

export const event = schema({ at: t.timestamp(), user: t.string(), amount: t.nullable(t.float64()) })

const startMs = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000)

/** Events one after the other, a second apart, over seven users. */
export function eventLines(from: number, count: number): string {
  let text = ''
  for (let n = from; n < from + count; n++) text += `{"at":"${new Date(startMs + n * 1000).toISOString()}","user":"user-${n % 7}","amount":${n % 13}}\n`
  return text
}

/** Files of events in a folder, in order of name and of time. */
export async function writeEvents(folder: string, filesToWrite: number, perFile: number): Promise<void> {
  for (let f = 0; f < filesToWrite; f++) await writeFile(join(folder, `events-${String(f).padStart(3, '0')}.jsonl`), eventLines(f * perFile, perFile))
}

export interface Run {
  readonly input: string
  readonly output: string
  readonly checkpoint: string
  readonly filesPerBatch: number
}

/** Ten-minute sums of a user; append, so that every window comes once. */
export function start(session: Session, run: Run, trigger: Trigger = Trigger.availableNow()): Promise<StreamingQuery> {
  return session
    .readStream(files({ path: run.input, format: 'jsonl', schema: event, maxFilesPerTrigger: run.filesPerBatch }))
    .withWatermark('at', '0 seconds')
    .groupBy(window('at', '10 minutes'), 'user')
    .agg(({ amount }) => ({ n: count(), total: sum(amount), mean: avg(amount) }))
    .writeStream({ sink: files({ path: run.output, format: 'jsonl' }), checkpointLocation: run.checkpoint, trigger })
    .start()
}

export interface Posted {
  readonly message: unknown
  readonly transfer: readonly unknown[]
}

/**
 * Watches the worker threads that start from now on: themselves, in the order of their first message, and all that goes to
 * and comes from them. `before` sees each message before it is posted, and to whom.
 */
export function watchWorkers(before: (message: unknown, worker: Worker) => void = () => {}): { readonly workers: ReadonlySet<Worker>; readonly sent: Posted[]; readonly received: unknown[]; readonly restore: () => void } {
  const workers = new Set<Worker>()
  const sent: Posted[] = []
  const received: unknown[] = []
  const post = Worker.prototype.postMessage
  const spy = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown, transfer?: readonly unknown[]) {
    if (!workers.has(this)) {
      workers.add(this)
      this.on('message', (reply: unknown) => received.push(reply))
    }
    before(message, this)
    // Looked at before it is posted: afterwards the transferred buffers are empty.
    sent.push({ message: shapeOf(message), transfer: transfer ?? [] })
    post.call(this, message, transfer as never)
  })
  const restore = (): void => void spy.mockRestore()
  onTestFinished(restore)
  return { workers, sent, received, restore }
}

/** How a message is built: objects and lists as they are, a typed array as its kind, other values as their type. */
export function shapeOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return value.constructor.name
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shapeOf(v)]))
  return value === null ? 'null' : typeof value
}

/** How many values a message has, a typed array counted as one. */
export function valuesIn(shape: unknown): number {
  if (typeof shape !== 'object' || shape === null) return 1
  return Object.values(shape).reduce((n: number, v) => n + valuesIn(v), 1)
}
