// Everything that must hold beside the tests: layers, ports, lint, error codes against their docs, types.
// Runs each check, prints its output where it fails, and ends with 1 if one did.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const checks = [
  ['layers', 'node', ['scripts/check-layers']],
  ['ports', 'node', ['scripts/check-ports']],
  ['error codes', 'node', ['scripts/check-error-docs.mjs']],
  ['function docs', 'node', ['scripts/write-functions-doc.mjs', '--check']],
  ['connector docs', 'node', ['scripts/write-connectors-doc.mjs', '--check']],
  ['model parity', 'node', ['scripts/write-parity-doc.mjs', '--check']],
  ['metrics docs', 'node', ['scripts/metrics-doc.mjs', '--check']],
  ['api types', 'node', ['scripts/dashboard-types.mjs', '--check']],
  ['dashboard size', 'node', ['scripts/dashboard-size.mjs']],
  ['types', 'node', ['scripts/check-types.mjs']],
  ['lint', 'npm', ['run', '-s', 'lint']],
]

let failed = 0
for (const [name, command, args] of checks) {
  if (command === 'node' && !existsSync(`${root}/${args[0]}`)) {
    console.error(`check ${name}: ${args[0]} is missing`)
    failed++
    continue
  }
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (run.status === 0) console.log(`check ${name}: ok`)
  else {
    failed++
    console.error(`check ${name}: failed\n${run.stdout}${run.stderr}`)
  }
}
process.exitCode = failed === 0 ? 0 : 1
