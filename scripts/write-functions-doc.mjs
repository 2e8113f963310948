// Writes docs/functions.md from the function, aggregate and generator tables: the name in TypeScript, Spark's, usage and
// doc line of each. `--check` compares instead, and also compares the doc comments of the public functions with the table.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const load = async path => import(new URL(`../dist/${path}`, import.meta.url).href)
const { allFunctions } = await load('expr/functions/index.js')
const { allAggregates } = await load('expr/aggregates/index.js')
const { generatorFunctions } = await load('expr/functions/generators.js')
const { publicForm } = await load('expr/api/names.js')

const path = `${root}docs/functions.md`
const text = `# Functions

Written by \`scripts/write-functions-doc.mjs\` from the tables in \`src/expr\`. The semantics are those of Spark 4.2 in ANSI mode.

**Names.** A function has Spark's name in camel case: \`date_trunc\` is \`dateTrunc\`, \`dayofweek\` stays \`dayofweek\`. What an
operator does in SQL is a method of columns: \`a.plus(b)\`, \`a.gt(b)\`, \`a.and(b)\`, \`text.like('A%')\`, \`value.in(1, 2)\`. Words of
JavaScript have another form, given below. Further names that Spark has (\`nvl\`, \`mean\`, \`substr\` …) are exported where they are
common; all work in \`fn('name', …)\` and \`aggregateFn('name', …)\`, which check at run time only.

**Null.** Unless the line says otherwise a function is null where an argument is. Aggregates pass nulls over.

## Functions of columns

${table(allFunctions)}

## Aggregates

For agg(); each takes \`.filter(condition)\`.

${table(allAggregates)}

## Generators

For select() and withColumns(), one at a time.

${table(generatorFunctions)}
`

function table(entries) {
  const rows = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1)).map(e => `| ${formOf(e.name)} | ${code(e.name)}${(e.aliases ?? []).map(a => `, ${code(a)}`).join('')} | ${code(e.usage)} | ${cell(e.doc)} |`)
  return ['| in TypeScript | in Spark | usage | |', '|---|---|---|---|', ...rows].join('\n')
}

function formOf(name) {
  const form = publicForm(name)
  if (form.kind === 'other') return code(form.text)
  return code(form.kind === 'method' ? `.${form.name}()` : form.name)
}

function code(content) {
  return `\`${cell(content)}\``
}

function cell(content) {
  return content.replaceAll('|', '\\|')
}

/** The doc comment above an exported function, in one line; the table's sentence must begin it or be part of it. */
function commentProblems() {
  const comments = new Map()
  for (const file of [...readdirSync(`${root}src/expr/api`).map(f => `api/${f}`), 'window.ts']) {
    const source = readFileSync(`${root}src/expr/${file}`, 'utf8')
    for (const [, comment, name] of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport function (\w+)/g)) {
      comments.set(name, comment.replace(/\n \*/g, '').replace(/\s+/g, ' ').trim())
    }
  }
  const problems = []
  for (const { name, doc } of [...allFunctions, ...allAggregates, ...generatorFunctions]) {
    const form = publicForm(name)
    if (form.kind !== 'function') continue
    const comment = comments.get(form.name)
    if (comment === undefined) problems.push(`${name}: no function ${form.name} in src/expr/api`)
    else if (!comment.startsWith(doc)) problems.push(`${name}: the comment of ${form.name} is "${comment}", the table says "${doc}"`)
  }
  return problems
}

if (process.argv.includes('--check')) {
  const problems = commentProblems()
  if (readFileSync(path, 'utf8') !== text) problems.push('docs/functions.md is not what the tables say: run scripts/write-functions-doc.mjs')
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log('function docs ok')
  process.exitCode = problems.length === 0 ? 0 : 1
} else writeFileSync(path, text)
