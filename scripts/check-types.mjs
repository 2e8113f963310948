// Type tests, with plain tsc against the built package by its own name: good programs and those of the
// documentation compile, bad ones give exactly the
// diagnostics that are written down (how an error reads is part of the product), and a wide schema stays within its
// budget of instantiations. `--update` writes down what there is now.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { programOf } from './doc-programs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const update = process.argv.includes('--update')
const problems = []

const tsc = args => {
  const run = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--pretty', 'false', ...args], { cwd: root, encoding: 'utf8' })
  if (run.error !== undefined) throw run.error
  return run.stdout + run.stderr
}

const good = tsc(['-p', 'test/types/tsconfig.json'])
if (good.trim() !== '') problems.push(`Good programs do not compile:\n${good}`)

const session = tsc(['-p', 'test/tsconfig.json'])
if (session.trim() !== '') problems.push(`Tests of the session do not compile:\n${session}`)

// Programs of the documentation, as they stand there.
const folder = `${root}/build/doc-programs`
mkdirSync(folder, { recursive: true })
for (const page of ['README.md', 'docs/api.md', 'docs/guides/models.md']) writeFileSync(`${folder}/${page.replaceAll(/\W/g, '-')}.ts`, programOf(`${root}/${page}`))
writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ extends: '../../test/types/tsconfig.json', include: ['*.ts'], files: [] }))
const docs = tsc(['-p', 'build/doc-programs'])
if (docs.trim() !== '') problems.push(`Programs of the documentation do not compile:\n${docs}`)

const expectedPath = `${root}/test/types/bad.expected.txt`
const bad = tsc(['-p', 'test/types/bad/tsconfig.json'])
if (update) writeFileSync(expectedPath, bad)
else if (bad !== readFileSync(expectedPath, 'utf8')) problems.push(`The diagnostics of test/types/bad are no longer those of bad.expected.txt. Read them as a user would; if they are good, run this with --update.\n${difference(readFileSync(expectedPath, 'utf8'), bad)}`)

const budgetPath = `${root}/test/types/budget.json`
const wide = tsc(['-p', 'test/types/tsconfig.wide.json', '--extendedDiagnostics'])
const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(wide)?.[1])
if (!Number.isInteger(instantiations) || wide.includes('error TS')) problems.push(`The wide schema does not compile:\n${wide}`)
else if (update) writeFileSync(budgetPath, `${JSON.stringify({ instantiations: Math.ceil((instantiations * 1.1) / 1000) * 1000 }, null, 2)}\n`)
else {
  const { instantiations: budget } = JSON.parse(readFileSync(budgetPath, 'utf8'))
  if (instantiations > budget) problems.push(`The wide schema takes ${instantiations} instantiations, more than the budget of ${budget}.`)
}

function difference(before, after) {
  const old = new Set(before.split('\n'))
  const now = new Set(after.split('\n'))
  return [...[...old].filter(l => !now.has(l)).map(l => `- ${l}`), ...[...now].filter(l => !old.has(l)).map(l => `+ ${l}`)].join('\n')
}

for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? `types ok (${instantiations} instantiations for the wide schema)` : `${problems.length} problems with types`)
process.exitCode = problems.length === 0 ? 0 : 1
