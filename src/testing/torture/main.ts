#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { messageOf } from '../../common/errors.ts'
import { exhaustiveJobs, runExhaustively } from './exhaustive.ts'
import { runFlips } from './flip/run-flips.ts'
import { type ModeName, modes } from './modes.ts'
import { mutants } from './mutants.ts'
import { torture, type TortureTotal } from './torture.ts'

const usage = `Usage: npm run torture -- [--mode MODE] [--runs N] [--crashes N] [--seed S] [--mutant NAME [--count]] [--quick]
       npm run torture -- models [--format F] [--count N] [--seed S]: damaged model files
       npm run torture -- leaks [--swaps N] [--batches N] [--model PATH]: models that are swapped again and again

Without a mode: all of them, with 20,000 crashes each in kill and power. --quick: 500 crashes of both.
Modes: ${Object.keys(modes).join(', ')}; exhaustive (every crash point and every pair); flip (bits of a real checkpoint, 2,000 of them)
Mutants (a rule of the protocol switched off; the run ends when that shows, with --count after --runs; "all": every one): ${Object.keys(mutants).join(', ')}`

/** What the nightly run does: the modes with the promise of the issue first. */
const nightly: readonly { readonly mode: ModeName; readonly runs: number; readonly crashes?: number }[] = [
  { mode: 'kill', runs: Infinity, crashes: 20_000 },
  { mode: 'power', runs: Infinity, crashes: 20_000 },
  { mode: 'mixed', runs: Infinity, crashes: 5000 },
  ...Object.keys(modes).filter(m => !['kill', 'power', 'mixed'].includes(m)).map(mode => ({ mode: mode as ModeName, runs: 2000 })),
]

/** Answers the exit code. */
async function main(): Promise<number> {
  if (process.argv[2] === 'models') return (await import('./models/main.ts')).modelsMain(process.argv.slice(3))
  if (process.argv[2] === 'leaks') return (await import('./leaks/main.ts')).leaksMain(process.argv.slice(3))
  const { values } = parseArgs({
    options: {
      mode: { type: 'string' },
      runs: { type: 'string' },
      crashes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      count: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknownMode = values.mode !== undefined && !['flip', 'exhaustive'].includes(values.mode) && !Object.hasOwn(modes, values.mode)
  const unknownMutant = values.mutant !== undefined && values.mutant !== 'all' && !Object.hasOwn(mutants, values.mutant)
  if (values.help || unknownMode || unknownMutant) {
    console.error(usage)
    return 2
  }
  const seed = whole('seed', values.seed) ?? 1
  const runs = whole('runs', values.runs)
  const crashes = whole('crashes', values.crashes)
  if (values.mode === 'exhaustive') return exhaustive(seed)
  if (values.mode === 'flip') return flip(runs ?? 2000, seed)
  if (values.mutant !== undefined) return runMutants(values.mutant === 'all' ? Object.keys(mutants) : [values.mutant], { seed, runs: runs ?? 3000, count: values.count })
  const everything = values.mode === undefined && runs === undefined && crashes === undefined
  if (values.quick) return runModes([{ mode: 'mixed', runs: Infinity, crashes: 500 }], seed, false)
  if (everything) return runModes(nightly, seed, false)
  const mode = (values.mode ?? 'mixed') as ModeName
  return runModes([{ mode, runs: runs ?? (crashes === undefined ? 2000 : Infinity), crashes }], seed, runs === 1)
}

/** The whole number that an option was given. */
function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${option} is a whole number, not "${text}".`)
  return Number(text)
}

async function runModes(plans: readonly { readonly mode: ModeName; readonly runs: number; readonly crashes?: number }[], seed: number, tell: boolean): Promise<number> {
  const sum = { runs: 0, crashes: 0, wrong: 0 }
  for (const plan of plans) {
    const total = await torture({
      ...plan, seed,
      onJob(job, { problems, script, stopped }, so) {
        if (tell) console.log([...script, ...(stopped === null ? [] : [stopped])].join('\n'))
        if (problems.length > 0) {
          console.log(`${plan.mode}, seed ${job.seed}: wrong. Again: npm run torture -- --mode ${plan.mode} --runs 1 --seed ${job.seed}`)
          if (!tell) console.log(script.join('\n'))
          for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`)
        }
        if (so.runs % 1000 === 0) console.log(line(`${plan.mode} …`, so))
      },
    })
    console.log(line(plan.mode, total))
    sum.runs += total.runs
    sum.crashes += total.crashes
    sum.wrong += total.wrong
  }
  console.log(`${sum.runs} runs, ${sum.crashes} crashes, ${sum.wrong} wrong`)
  return sum.wrong === 0 ? 0 : 1
}

async function exhaustive(seed: number): Promise<number> {
  const sum = { runs: 0, crashes: 0, wrong: 0 }
  for (const nondeterministic of [false, true]) {
    for (const job of exhaustiveJobs(seed, nondeterministic)) {
      await runExhaustively(job, {
        pairs: true,
        tell(crashed, { crashes, problems, script }) {
          sum.runs++
          sum.crashes += crashes
          if (problems.length > 0) {
            sum.wrong++
            console.log([`${job.shape}, crashes ${JSON.stringify(crashed.crashes)}: wrong`, ...script, ...problems].join('\n'))
          }
          if (sum.runs % 5000 === 0) console.log(`exhaustive …: ${sum.runs} runs, ${sum.crashes} crashes, ${sum.wrong} wrong`)
        },
      })
    }
  }
  console.log(`${sum.runs} runs, ${sum.crashes} crashes, ${sum.wrong} wrong`)
  return sum.wrong === 0 ? 0 : 1
}

async function flip(flips: number, seed: number): Promise<number> {
  const { right, refused, died, wrong } = await runFlips({ flips, seed, tell: text => console.log(text) })
  console.log(`${flips} flips: ${right} right, ${refused} refused with a typed error, ${died} ended the process, ${wrong} wrong`)
  return wrong === 0 ? 0 : 1
}

/** Each must be noticed, but for those that another rule repairs; the exit code says whether that is so. */
async function runMutants(names: readonly string[], options: { readonly seed: number; readonly runs: number; readonly count: boolean }): Promise<number> {
  const { seed, runs, count } = options
  let unexpected = 0
  const sum = { runs: 0, crashes: 0, wrong: 0 }
  for (const name of names) {
    const mutant = mutants[name]
    let first: { readonly run: number; readonly problem: string } | null = null
    const total = await torture({
      mode: mutant.mode, seed, runs, mutant, untilWrong: !count,
      onJob(_job, { problems }, so) {
        if (problems.length > 0) first ??= { run: so.runs, problem: problems[0].split('\n')[0] }
      },
    })
    if ((total.wrong === 0) !== (mutant.repairedBy !== undefined)) unexpected++
    const noticed = first as { readonly run: number; readonly problem: string } | null
    const share = count ? `, ${((100 * total.wrong) / total.runs).toFixed(1)} % of ${total.runs}` : ''
    console.log(`${name} (${mutant.mode}): ${noticed === null ? `not noticed in ${total.runs} runs${mutant.repairedBy === undefined ? '' : `: ${mutant.repairedBy}`}` : `noticed in run ${noticed.run}${share}: ${noticed.problem.slice(0, 160)}`}`)
    sum.runs += total.runs
    sum.crashes += total.crashes
    sum.wrong += total.wrong
  }
  console.log(`${sum.runs} runs, ${sum.crashes} crashes, ${sum.wrong} wrong`)
  return unexpected === 0 ? 0 : 1
}

function line(mode: string, total: TortureTotal): string {
  const stops = [...total.stops].map(([code, n]) => `${code} ${n}`).join(', ')
  return `${mode}: ${total.runs} runs, ${total.crashes} crashes, ${total.wrong} wrong${stops === '' ? '' : `; rightly stopped: ${stops}`}`
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`${messageOf(error)}\n${usage}`)
  return 2
})
