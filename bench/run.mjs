// Benchmarks: each compares Millrace with its limits and with plain programs, in one run and on one machine, and prints
// ratios. A contestant whose answer is wrong has no rate.
//
//   npm run bench -- NAME [--events N] [--rounds N] [--profile FOLDER]
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const here = import.meta.dirname
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { events: { type: 'string' }, rounds: { type: 'string' }, profile: { type: 'string' } },
})
const names = readdirSync(here).filter(n => existsSync(join(here, n, 'bench.mjs')))
const [name] = positionals
if (name === undefined || !names.includes(name)) {
  console.error(`Give the name of a benchmark: ${names.join(', ')}.`)
  process.exit(2)
}
const { default: run } = await import(`./${name}/bench.mjs`)
const number = text => (text === undefined ? undefined : Number(text))
await run({ events: number(values.events), rounds: number(values.rounds), profile: values.profile })
