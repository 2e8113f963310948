import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import { type Job, makeJob } from './job.ts'
import { type Mode, type ModeName, modes } from './modes.ts'
import type { Mutant } from './mutants.ts'
import { type JobResult, runJob } from './run-job.ts'

export interface TortureOptions {
  readonly mode: ModeName
  /** Seed of the first job; those that follow have the next ones. */
  readonly seed: number
  /** Ends after so many jobs … */
  readonly runs: number
  /** … or when there were so many crashes, whichever comes first. */
  readonly crashes?: number
  readonly mutant?: Mutant
  /** Ends at the first job that shows a fault. @default false */
  readonly untilWrong?: boolean
  readonly onJob?: (job: Job, result: JobResult, total: TortureTotal) => void
}

export interface TortureTotal {
  runs: number
  crashes: number
  wrong: number
  /** Right refusals to go on, by code. */
  readonly stops: Map<string, number>
}

/** Runs jobs one after the other. */
export async function torture(options: TortureOptions): Promise<TortureTotal> {
  const mode: Mode = modes[options.mode]
  const wishes = { ...mode.wishes, ...options.mutant?.wishes }
  const total: TortureTotal = { runs: 0, crashes: 0, wrong: 0, stops: new Map() }
  const rules = rulesWithout(options.mutant?.off ?? [])
  while (total.runs < options.runs && total.crashes < (options.crashes ?? Infinity)) {
    const job = makeJob(options.seed + total.runs, wishes)
    const result = await runJob(job, { ...mode, rules })
    total.runs++
    total.crashes += result.crashes
    if (result.stopped !== null) {
      const code = result.stopped.split(' ')[0]
      total.stops.set(code, (total.stops.get(code) ?? 0) + 1)
    }
    if (result.problems.length > 0) total.wrong++
    options.onJob?.(job, result, total)
    if (options.untilWrong === true && total.wrong > 0) break
  }
  return total
}

function rulesWithout(off: readonly (keyof ProtocolRules)[]): ProtocolRules {
  return { ...protocolRules, ...Object.fromEntries(off.map(rule => [rule, false])) }
}
