// Runs a compiled program in this process, with the arguments that follow: node scripts/run-built.mjs FILE [ARGUMENTS]
// Only where it was not compiled yet it says so, instead of Node's "Cannot find module".
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const program = resolve(process.argv[2])
if (existsSync(program)) {
  // As if it had been started itself: node PROGRAM [ARGUMENTS]
  process.argv.splice(1, 2, program)
  await import(pathToFileURL(program).href)
} else {
  console.error(`${process.argv[2]} is not there yet. Run npm run build first.`)
  process.exitCode = 1
}
