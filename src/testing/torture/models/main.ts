import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { tortureFormats, tortureModels } from './model-torture.ts'

const usage = `Usage: npm run torture -- models [--format F] [--count N] [--seed S] [--first K]

Damages the models of the tests, 20,000 times per format: each must be refused with an error that has a code, or score;
it must not take a second of processor time or a gibibyte of memory, and nothing may end the process.`

/** Answers the exit code. */
export async function modelsMain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { format: { type: 'string' }, count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, first: { type: 'string', default: '0' }, help: { type: 'boolean', default: false } },
  })
  const root = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '')
  const formats = await tortureFormats(root)
  const numbers = [values.count, values.seed, values.first]
  if (values.help || numbers.some(n => !/^\d{1,9}$/.test(n)) || (values.format !== undefined && !formats.includes(values.format))) {
    console.error(`${usage}\nFormats: ${formats.join(', ')}`)
    return 2
  }
  const [count, seed, first] = numbers.map(Number)
  const sum = { models: 0, wrong: 0 }
  for (const format of values.format === undefined ? formats : [values.format]) {
    const { outcomes, wrong, slowestMs, peakBytes } = await tortureModels({ root, format, seed, first, count, tell: line => console.log(line) })
    const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([what, n]) => `${what} ${n}`).join(', ')
    console.log(`${format}: ${count} models, ${wrong} wrong; ${counts}; slowest ${Math.round(slowestMs)} ms, at most ${Math.round(peakBytes / 2 ** 20)} MiB`)
    sum.models += count
    sum.wrong += wrong
  }
  console.log(`${sum.models} models, ${sum.wrong} wrong`)
  return sum.wrong === 0 ? 0 : 1
}
