import { makeTemporaryDirectory } from '../../../common/node/temporary-directory.ts'
import type { Json } from '../../../common/json.ts'
import { sameRows, short, shortRows, toleranceOf } from '../compare.ts'
import { describeError, featureIn, isExpectedError } from '../errors.ts'
import { type Outcome, type StreamVector, type VectorStep } from '../vector.ts'
import { checkBatches, stateNotes } from './check-step.ts'
import { StreamRun, type StreamWorld } from './stream-run.ts'
import type { Worlds } from '../worlds.ts'
import { listSource, readManifest, readSinkRows } from './outputs.ts'

/**
 * Runs a stream vector step by step in a folder of its own. One that fails is run again like Spark: when it passes then,
 * nothing differs but what differs on purpose.
 */
export async function runStreamVector(vector: StreamVector, executors: number, worlds: Worlds): Promise<Outcome> {
  const outcome = await runOnce(vector, executors, worlds, 'none')
  if (outcome.status !== 'failed') return outcome
  const likeSpark = await runOnce(vector, executors, worlds, 'spark')
  return likeSpark.status === 'passed' ? { ...likeSpark, deviation: outcome.reason } : likeSpark
}

async function runOnce(vector: StreamVector, executors: number, worlds: Worlds, compat: 'none' | 'spark'): Promise<Outcome> {
  const directory = await makeTemporaryDirectory('millrace-vector')
  try {
    return await worlds.withStreamWorld(vector, executors, directory, async world => {
      const run = new StreamRun(vector, world, compat)
      try {
        await run.open()
        return await runSteps(vector, run, world)
      } finally {
        await run.close()
      }
    })
  } catch (error) {
    const feature = featureIn(error)
    if (feature !== undefined) return { status: 'unsupported', feature }
    throw error
  } finally {
    await worlds.ports.files.removeDirectory(directory)
  }
}

async function runSteps(vector: StreamVector, run: StreamRun, world: StreamWorld): Promise<Outcome> {
  const tolerance = Math.max(toleranceOf(vector.query), ...vector.steps.map(s => toleranceOf(s.query as Json | undefined)))
  const notes: string[] = []
  /** A refusal that came before the step in which Spark fails: see {@link judgeError}. */
  let early: unknown
  for (const [i, step] of vector.steps.entries()) {
    const where = `step ${i + 1} (${step.do})`
    const outcome = early === undefined ? await run.step(step) : { batches: [], error: early, atStart: true }
    const judged = judgeError(step, outcome.error, outcome.atStart === true)
    if (judged.kind === 'unsupported') return { status: 'unsupported', feature: judged.feature }
    if (judged.kind === 'failed') return { status: 'failed', reason: `${where}: ${judged.reason}` }
    early = judged.kind === 'early' ? outcome.error : undefined
    if (early !== undefined) {
      if (i === vector.steps.length - 1) return { status: 'failed', reason: `${where}: ${describeError(early)}` }
      continue
    }
    // A start that is refused runs nothing; what such a step lists is of the run before.
    const refused = step.expect?.error?.phase === 'start'
    const difference = (refused ? null : checkBatches(step, outcome, run, tolerance)) ?? (await checkOutputs(vector, step, run, world))
    if (difference !== null) return { status: 'failed', reason: `${where}: ${difference}` }
    notes.push(...stateNotes(step, outcome))
  }
  return { status: 'passed', notes }
}

type Judgement = { readonly kind: 'fine' } | { readonly kind: 'early' } | { readonly kind: 'failed'; readonly reason: string } | { readonly kind: 'unsupported'; readonly feature: string }

/**
 * Whether an error, or none, is what the step expects. What Spark finds when it plans a batch (phase `run`) we may
 * find when the query starts; then the refusal comes before the step that expects it, and nothing but steps without a
 * batch may stand between.
 */
function judgeError(step: VectorStep, error: unknown, atStart: boolean): Judgement {
  const expected = step.expect?.error
  if (error === undefined) {
    return expected === undefined ? { kind: 'fine' } : { kind: 'failed', reason: `expected ${expected.condition ?? short(expected.message)}, got no error` }
  }
  if (expected !== undefined && isExpectedError(error, expected)) {
    return expected.phase === 'start' && !atStart ? { kind: 'failed', reason: `expected ${expected.condition} from start(), but it came while running` } : { kind: 'fine' }
  }
  const feature = featureIn(error)
  if (feature !== undefined) return { kind: 'unsupported', feature }
  const idle = (step.expect?.batches ?? []).length === 0
  if (expected === undefined && atStart && idle) return { kind: 'early' }
  return { kind: 'failed', reason: `expected ${expected === undefined ? 'no error' : expected.condition}, got ${describeError(error)}` }
}

async function checkOutputs(vector: StreamVector, step: VectorStep, run: StreamRun, world: StreamWorld): Promise<string | null> {
  const { expect } = step
  if (expect === undefined) return null
  if (expect.sinkRows !== undefined) {
    const rows = vector.sink === 'memory' ? run.memoryRows() : await readSinkRows(world, run.output, vector.outputSchema ?? [])
    if (!sameRows(rows, expect.sinkRows as readonly Json[], 0)) return `expected sink rows ${shortRows(expect.sinkRows as readonly Json[])}, got ${shortRows(rows)}`
  }
  const lists: [string, readonly (string | number)[] | undefined, () => Promise<readonly (string | number)[]>][] = [
    ['offsets', expect.offsets, async () => (await run.logs()).offsets],
    ['commits', expect.commits, async () => (await run.logs()).commits],
    ['manifest', expect.manifest, () => readManifest(world, run.output)],
    ['files', expect.files, () => listSource(world, `${world.directory}/in-${step.name ?? Object.keys(vector.sources)[0]}`)],
  ]
  for (const [what, wanted, read] of lists) {
    if (wanted === undefined) continue
    const got = await read()
    if (JSON.stringify(got) !== JSON.stringify(wanted)) return `expected ${what} ${short(wanted)}, got ${short(got)}`
  }
  return null
}
