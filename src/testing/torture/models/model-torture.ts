import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadModelFromBytes } from '../../../ml/registry.ts'
import { modelCases } from '../../models/model-cases.ts'

/** What the child says of each damaged model. */
export interface ChildReport {
  readonly k: number
  readonly name: string
  /** `scored`, the code of the error, or `wrong: …`. */
  readonly outcome: string
  readonly cpuMs: number
  /** The most memory that the process has had until now. */
  readonly peakBytes: number
}

export interface ModelTortureOptions {
  readonly root: string
  readonly format: string
  readonly seed: number
  readonly first: number
  readonly count: number
  tell(line: string): void
}

export interface ModelTotal {
  readonly outcomes: ReadonlyMap<string, number>
  readonly wrong: number
  readonly slowestMs: number
  readonly peakBytes: number
}

const cpuLimitMs = 1000
/** More than this of memory is too much for models that are a few hundred kilobytes. */
const memoryLimitBytes = 1024 * 1024 * 1024
/** A process that says nothing for so long hangs. */
const silenceMs = 60_000

/** The formats that there are models of. */
export async function tortureFormats(root: string): Promise<string[]> {
  const formats = new Set<string>()
  for (const { artefact } of await modelCases(root)) {
    const model = await loadModelFromBytes(artefact)
    formats.add(model.signature.format)
    model.close()
  }
  return [...formats].sort()
}

/** Damages models of a format and has them loaded and scored by another process, which is started anew when it dies. */
export async function tortureModels(options: ModelTortureOptions): Promise<ModelTotal> {
  const outcomes = new Map<string, number>()
  let [wrong, slowestMs, peakBytes] = [0, 0, 0]
  const end = options.first + options.count
  const tellWrong = (k: number, what: string): void => {
    wrong++
    options.tell(`${options.format}, model ${k}: ${what}. Again: npm run torture -- models --format ${options.format} --seed ${options.seed} --first ${k} --count 1`)
  }
  for (let next = options.first; next < end; ) {
    let isOver = false
    const ended = await runChild(options, next, end - next, report => {
      next = report.k + 1
      outcomes.set(report.outcome.slice(0, 40), (outcomes.get(report.outcome.slice(0, 40)) ?? 0) + 1)
      slowestMs = Math.max(slowestMs, report.cpuMs)
      peakBytes = Math.max(peakBytes, report.peakBytes)
      if (report.outcome.startsWith('wrong')) tellWrong(report.k, `${report.name} ${report.outcome}`)
      if (report.cpuMs > cpuLimitMs) tellWrong(report.k, `${report.name} took ${Math.round(report.cpuMs)} ms of processor time (${report.outcome})`)
      if (report.peakBytes <= memoryLimitBytes) return true
      tellWrong(report.k, `${report.name} took the process to ${Math.round(report.peakBytes / 2 ** 20)} MiB (${report.outcome})`)
      isOver = true
      return false
    })
    if (next >= end) break
    if (isOver) continue
    tellWrong(next, `the process ended with ${ended}`)
    next++
  }
  return { outcomes, wrong, slowestMs, peakBytes }
}

/** Answers how it ended. `take` says whether it may go on. */
function runChild({ root, format, seed }: ModelTortureOptions, first: number, count: number, take: (report: ChildReport) => boolean): Promise<string> {
  const program = fileURLToPath(new URL('./model-child.js', import.meta.url))
  const child = fork(program, [root, format, String(seed), String(first), String(count)], { execArgv: ['--max-old-space-size=768'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000)
  })
  return new Promise(resolve => {
    const silence = setInterval(() => {
      hangs = true
      child.kill('SIGKILL')
    }, silenceMs)
    let hangs = false
    child.on('message', (report: ChildReport) => {
      silence.refresh()
      if (!take(report)) child.kill('SIGKILL')
    })
    child.on('close', (code, signal) => {
      clearInterval(silence)
      resolve(hangs ? `no answer within ${silenceMs / 1000} s` : `${signal ?? code}: ${errors.trim()}`)
    })
  })
}
