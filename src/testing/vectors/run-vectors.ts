import { nodeClock } from '../../common/node/node-clock.ts'
import { applyDeviations, type Deviations, noDeviations } from './deviations.ts'
import { describeError } from './errors.ts'
import { type VectorReport, type VectorResult, reportOf } from './report.ts'
import { runBatchVector } from './run-batch.ts'
import { runExprVector } from './run-expr.ts'
import { runStreamVector } from './stream/run-stream.ts'
import type { Outcome, TestVector } from './vector.ts'
import { Worlds } from './worlds.ts'

export interface RunVectorsOptions {
  /** Worker threads of the second run; the first is always inline. 0: inline only. @default 2 */
  readonly executors?: number
  /** Vectors that run at the same time. @default 6 */
  readonly concurrency?: number
  /** Vectors that differ on purpose. */
  readonly deviations?: Deviations
  /** Told of each vector as it is done. */
  readonly onResult?: (result: VectorResult) => void
}

/** No vector takes a second: one that takes this long hangs. */
const patienceMs = 60_000
const stopPatienceMs = 10_000

/**
 * Runs recorded vectors, each inline and on worker threads: it passes when all of its runs do. Expression vectors run
 * with their literals as written and in columns; stream vectors on real checkpoints in a temporary folder.
 */
export async function runVectors(vectors: readonly TestVector[], options: RunVectorsOptions = {}): Promise<VectorReport> {
  const executors = options.executors ?? 2
  const variants = executors > 0 ? [0, executors] : [0]
  const worlds = new Worlds()
  const results = new Array<VectorResult>(vectors.length)
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < vectors.length; i = next++) {
      const vector = vectors[i]
      results[i] = { vector, outcome: await runVariants(vector, variants, worlds) }
      options.onResult?.(results[i])
    }
  }
  try {
    await Promise.all(Array.from({ length: options.concurrency ?? 6 }, work))
  } finally {
    // A query that hangs must not keep the report back.
    const cancel = new AbortController()
    await Promise.race([worlds.stop(), nodeClock.sleep(stopPatienceMs, cancel.signal)])
    cancel.abort()
  }
  return reportOf(applyDeviations(results, options.deviations ?? noDeviations))
}

async function runVariants(vector: TestVector, variants: readonly number[], worlds: Worlds): Promise<Outcome> {
  let last: Outcome = { status: 'failed', reason: 'it did not run' }
  for (const executors of variants) {
    last = await runWithPatience(vector, executors, worlds)
    if (last.status === 'failed') return executors === 0 ? last : { status: 'failed', reason: `on ${executors} worker executors: ${last.reason}` }
    if (last.status === 'unsupported') return last
  }
  return last
}

async function runWithPatience(vector: TestVector, executors: number, worlds: Worlds): Promise<Outcome> {
  const cancel = new AbortController()
  const late = nodeClock.sleep(patienceMs, cancel.signal).then((): Outcome => ({ status: 'failed', reason: `no end after ${patienceMs / 1000} seconds` }))
  try {
    return await Promise.race([runOne(vector, executors, worlds), late])
  } catch (error) {
    return { status: 'failed', reason: `the run broke: ${describeError(error)}` }
  } finally {
    cancel.abort()
  }
}

async function runOne(vector: TestVector, executors: number, worlds: Worlds): Promise<Outcome> {
  switch (vector.kind) {
    case 'expr':
      return runExprVector(vector, await worlds.session(executors, vector.sessionTimeZone))
    case 'batch':
      return runBatchVector(vector, await worlds.session(executors, vector.sessionTimeZone), executors === 0 ? Number.POSITIVE_INFINITY : 2)
    case 'stream':
      return runStreamVector(vector, executors, worlds)
  }
}
