import { nodePorts } from '../../common/node/node-ports.ts'
import { Session } from '../../session/session.ts'
import { applyDeviations, type Deviations, noDeviations } from './deviations.ts'
import { describeError } from './errors.ts'
import { type VectorReport, type VectorResult, reportOf } from './report.ts'
import { runBatchVector } from './run-batch.ts'
import { runExprVector } from './run-expr.ts'
import { runStreamVector } from './stream/run-stream.ts'
import type { Outcome, TestVector } from './vector.ts'

export interface RunVectorsOptions {
  /** Worker threads of the second run; the first is always inline. 0: inline only. @default 2 */
  readonly executors?: number
  /** Stream vectors that run at the same time. @default 6 */
  readonly concurrency?: number
  /** Vectors that differ on purpose. */
  readonly deviations?: Deviations
  /** Told of each vector as it is done. */
  readonly onResult?: (result: VectorResult) => void
}

/**
 * Runs recorded vectors, each inline and on worker threads: it passes when all of its runs do. Expression vectors run
 * with their literals as written and in columns; stream vectors on real checkpoints in a temporary folder.
 */
export async function runVectors(vectors: readonly TestVector[], options: RunVectorsOptions = {}): Promise<VectorReport> {
  const variants = [0, ...((options.executors ?? 2) > 0 ? [options.executors ?? 2] : [])]
  const sessions = new Sessions()
  const results: VectorResult[] = new Array<VectorResult>(vectors.length)
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < vectors.length; i = next++) {
      const vector = vectors[i]
      const outcome = await runVariants(vector, variants, sessions)
      results[i] = { vector, outcome }
      options.onResult?.(results[i])
    }
  }
  try {
    await Promise.all(Array.from({ length: options.concurrency ?? 6 }, work))
  } finally {
    await sessions.stop()
  }
  return reportOf(applyDeviations(results, options.deviations ?? noDeviations))
}

async function runVariants(vector: TestVector, variants: readonly number[], sessions: Sessions): Promise<Outcome> {
  let last: Outcome = { status: 'failed', reason: 'it did not run' }
  for (const executors of variants) {
    last = await runOne(vector, executors, sessions)
    if (last.status === 'failed') return executors === 0 ? last : { status: 'failed', reason: `on ${executors} worker executors: ${last.reason}` }
    if (last.status === 'unsupported') return last
  }
  return last
}

async function runOne(vector: TestVector, executors: number, sessions: Sessions): Promise<Outcome> {
  try {
    const session = await sessions.get(executors, vector.sessionTimeZone ?? 'UTC')
    switch (vector.kind) {
      case 'expr':
        return await runExprVector(vector, session)
      case 'batch':
        return await runBatchVector(vector, session, executors === 0 ? Number.POSITIVE_INFINITY : 2)
      case 'stream':
        return await runStreamVector(vector, executors, session)
    }
  } catch (error) {
    return { status: 'failed', reason: `the run broke: ${describeError(error)}` }
  }
}

/** One session per time zone and number of executors, started when first used. */
class Sessions {
  readonly #started = new Map<string, Promise<Session>>()

  get(executors: number, timeZone: string): Promise<Session> {
    const key = `${executors} ${timeZone}`
    let session = this.#started.get(key)
    if (session === undefined) this.#started.set(key, (session = Session.start({ executors, timeZone, statePartitions: executors === 0 ? 1 : 3 })))
    return session
  }

  async stop(): Promise<void> {
    for (const session of this.#started.values()) await (await session).stop()
  }
}
void nodePorts
