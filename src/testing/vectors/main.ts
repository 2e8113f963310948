#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { messageOf } from '../../common/errors.ts'
import { nodePorts } from '../../common/node/node-ports.ts'
import { readDeviations } from './deviations.ts'
import { loadVectors } from './load-vectors.ts'
import { reportLines } from './report.ts'
import { runVectors } from './run-vectors.ts'

const usage = 'Usage: npm run vectors -- DIR [--family F] [--id ID] [--executors N] [--verbose]'

/** Runs every vector of a directory; the last line is `N passed, N failed, N unsupported`. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      family: { type: 'string', multiple: true },
      id: { type: 'string', multiple: true },
      executors: { type: 'string', default: '2' },
      deviations: { type: 'string', default: 'test/vectors/deviations.json' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const executors = Number(values.executors)
  if (positionals.length !== 1 || !Number.isInteger(executors) || executors < 0) {
    console.error(usage)
    return 2
  }
  const all = await loadVectors(nodePorts.files, positionals[0])
  const wanted = all.filter(v => (values.family === undefined || values.family.includes(v.family)) && (values.id === undefined || values.id.includes(v.id)))
  const deviations = await readDeviations(nodePorts.files, values.deviations)
  const report = await runVectors(wanted, { executors, deviations })
  for (const line of reportLines(report, values.verbose)) console.log(line)
  return report.failed === 0 ? 0 : 1
}

function failed(error: unknown): number {
  console.error(`${messageOf(error)}\n${usage}`)
  return 2
}

const exitCode = await main().catch(failed)
// Ends also when a vector hangs, but not before a slow reader has got the last line.
process.stdout.write('', () => process.exit(exitCode))
