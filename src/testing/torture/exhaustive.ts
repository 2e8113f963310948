import type { CrashMode } from '../simulation/simulated-crash.ts'
import { type Job, makeJob, type PlannedCrash } from './job.ts'
import { type JobResult, runJob } from './run-job.ts'

/** The second crash of a pair comes within so many steps of the restart. */
const secondWithin = 60

const sinkSets = [
  { shapes: ['windows'], outputs: ['files'], sides: ['files'] },
  { shapes: ['windows-update'], outputs: ['deliver'], sides: ['files'] },
  { shapes: ['totals'], outputs: ['table'], sides: ['table'] },
  { shapes: ['rows'], outputs: ['deliver'], sides: ['table'] },
] as const

/** Small jobs, one for each kind of sink set, whose input is there from the start. */
export function exhaustiveJobs(seed: number, nondeterministic: boolean): Job[] {
  return sinkSets.map((wishes, n) => {
    const job = makeJob(seed + n, { crash: 'kill', ...wishes, nondeterministic, spoolOutput: false })
    const files = job.files.slice(0, 3).map(f => ({ ...f, arrival: 0 }))
    return { ...job, files, maxFilesPerTrigger: 1, snapshotInterval: 2, crashes: [], onceShare: 0 }
  })
}

/**
 * Every crash point of a job once and, with `pairs`, every second one soon after the restart. `tell` is called for each
 * run.
 */
export async function runExhaustively(job: Job, options: { readonly pairs: boolean; readonly tell: (job: Job, result: JobResult) => void }): Promise<void> {
  const run = async (crashes: readonly PlannedCrash[]): Promise<number> => {
    const crashed = { ...job, crashes }
    const result = await runJob(crashed)
    options.tell(crashed, result)
    return result.crashes
  }
  for (const first of ['kill', 'power'] as const) {
    for (let k = 0; (await run([crashAt(first, k)])) > 0; k++) {
      if (!options.pairs) continue
      for (const second of first === 'kill' ? (['kill', 'power'] as const) : (['power'] as const)) {
        for (let j = 0; j < secondWithin && (await run([crashAt(first, k), crashAt(second, j)])) === 2; j++);
      }
    }
  }
}

function crashAt(mode: CrashMode, step: number): PlannedCrash {
  return { mode, at: 0, step }
}
