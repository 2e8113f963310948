import { type ChildProcess, fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { SeededRandom } from '../../simulation/seeded-random.ts'
import { type FlipTemplate, makeTemplates } from './flip-template.ts'
import type { Flip, FlipOutcome } from './flip-worker.ts'

/** A flip that takes longer than this hangs. */
const patienceMs = 30_000

export interface FlipReport {
  readonly flips: number
  readonly right: number
  readonly refused: number
  /** The process died: neither a wrong row nor an answer. */
  readonly died: number
  readonly wrong: number
}

/** Flips bits, one at a time, in copies of real checkpoints, and goes on with the query each time. */
export async function runFlips(options: { readonly flips: number; readonly seed: number; readonly tell: (line: string) => void }): Promise<FlipReport> {
  const { work, templates } = await makeTemplates()
  const random = new SeededRandom(options.seed)
  const report = { flips: 0, right: 0, refused: 0, died: 0, wrong: 0 }
  const byFile = new Map<string, { right: number; refused: number; other: number }>()
  let child = startChild()
  try {
    for (let n = 0; n < options.flips; n++) {
      const flip = chooseFlip(n, templates, random, work)
      const outcome = await ask(child, flip)
      report.flips++
      report[outcome.kind === 'died' ? 'died' : outcome.kind]++
      const kind = fileKind(flip.path)
      const so = byFile.get(kind) ?? { right: 0, refused: 0, other: 0 }
      byFile.set(kind, so)
      so[outcome.kind === 'right' || outcome.kind === 'refused' ? outcome.kind : 'other']++
      if (outcome.kind === 'wrong' || outcome.kind === 'died') {
        options.tell(`flip ${n}, seed ${options.seed}: ${flip.path} of ${flip.template}, byte ${flip.byte}, bit ${flip.bit}: ${outcome.kind} ${outcome.text}`)
      }
      if (child.exitCode !== null || child.signalCode !== null || child.killed) child = startChild()
      if (report.flips % 200 === 0) options.tell(`flip … ${JSON.stringify(report)}`)
    }
  } finally {
    child.kill()
    await rm(work, { recursive: true, force: true })
  }
  for (const [kind, so] of [...byFile].sort()) options.tell(`${kind}: ${so.right} right, ${so.refused} refused, ${so.other} other`)
  return report
}

function startChild(): ChildProcess {
  return fork(new URL('./flip-worker.js', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

/** Where flips fall: the store matters most, and there its log and tables. */
const places: readonly { readonly share: number; readonly what: RegExp }[] = [
  { share: 0.3, what: /^checkpoint\/state\/\d+\.log$/ },
  { share: 0.3, what: /^checkpoint\/state\/\d+\.ldb$/ },
  { share: 0.15, what: /^checkpoint\/state\/[A-Z]/ },
  { share: 0.15, what: /_manifest\// },
  { share: 0.1, what: /^checkpoint\/(lock\/|metadata)/ },
]

/** Any file of the chosen place alike, then any byte of it: small files are as important as large ones. */
function chooseFlip(n: number, templates: readonly FlipTemplate[], random: SeededRandom, work: string): Flip {
  const template = templates[random.below(templates.length)]
  let share = random.below(1000) / 1000
  const place = places.find(p => (share -= p.share) < 0) ?? places[0]
  const inPlace = template.targets.filter(t => place.what.test(t.path))
  const targets = inPlace.length === 0 ? template.targets : inPlace
  const target = targets[random.below(targets.length)]
  return {
    n, template: template.root, input: template.input, copy: `${work}/flip-${n}`, path: target.path,
    byte: random.below(target.bytes), bit: random.below(8), expected: [...template.expected],
  }
}

function fileKind(path: string): string {
  return path.replace(/\d{3,}/, 'N')
}

function ask(child: ChildProcess, flip: Flip): Promise<Omit<FlipOutcome, 'kind'> & { readonly kind: FlipOutcome['kind'] | 'died' }> {
  return new Promise(resolve => {
    const end = (outcome: Omit<FlipOutcome, 'kind'> & { readonly kind: FlipOutcome['kind'] | 'died' }): void => {
      clearTimeout(timer)
      child.off('message', message)
      child.off('exit', exit)
      resolve(outcome)
    }
    const message = (outcome: unknown): void => end(outcome as FlipOutcome)
    const exit = (code: number | null, signal: string | null): void => end({ n: flip.n, kind: 'died', text: `with ${signal ?? code}` })
    const timer = setTimeout(() => {
      end({ n: flip.n, kind: 'wrong', text: 'it hangs' })
      child.kill('SIGKILL')
    }, patienceMs)
    child.on('message', message)
    child.on('exit', exit)
    child.send(flip)
  })
}
