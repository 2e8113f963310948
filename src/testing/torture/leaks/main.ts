import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { LeakOptions, LeakReport } from './leak-run.ts'
import { growthOf, leaksOf } from './leak-verdict.ts'

/** Models of the tests, one for each way of scoring that holds something. */
const models = ['flights/mlp-delay30-tfjs', 'tfjs-graph-mlp/model', 'onnx-hand-mlp/model.onnx', 'flights/xgb-delay30.json', 'lightgbm-binary/model.txt']

/** `npm run torture -- leaks`: 200 swaps and 10,000 batches of each model. Answers the exit code. */
export async function leaksMain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { swaps: { type: 'string', default: '200' }, batches: { type: 'string', default: '10000' }, model: { type: 'string', multiple: true } } })
  const home = fileURLToPath(new URL('../../../../test/fixtures/models', import.meta.url))
  let leaking = 0
  const chosen = values.model ?? models
  for (const model of chosen) {
    const report = await inChild({ path: `${home}/${model}`, swaps: Number(values.swaps), batches: Number(values.batches) })
    const wrong = leaksOf(report)
    if (wrong.length > 0) leaking++
    const { tensors, heapBytes, residentBytes } = report
    console.log(`${model}: ${report.batches} batches, ${report.swaps} swaps, tensors ${tensors.at(-1) ?? 'none'}, heap ${kib(growthOf(heapBytes))}, process ${kib(growthOf(residentBytes))}${wrong.length === 0 ? '' : `: ${wrong.join('; ')}`}`)
  }
  console.log(`${chosen.length} models, ${leaking} leaking`)
  return leaking === 0 ? 0 : 1
}

async function inChild(options: LeakOptions): Promise<LeakReport> {
  const child = fork(new URL('./leak-child.js', import.meta.url), [JSON.stringify(options)], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let report: LeakReport | undefined
  child.on('message', message => {
    report = message as LeakReport
  })
  const [code] = await ended
  if (report === undefined) throw new Error(`The process for "${options.path}" ended with ${code} and no report.`)
  return report
}

function kib(bytes: number): string {
  return `${bytes < 0 ? '' : '+'}${Math.round(bytes / 1024)} KiB`
}
