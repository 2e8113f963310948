// Writes the parity table of docs/models.md, between its markers: the largest difference of every model of the tests from
// the answers of its own library, by family. With --check it only compares; with --list it prints each model's.
//
//   node scripts/write-parity-doc.mjs [--check | --list]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFileSystem } from '../dist/common/node/node-file-system.js'
import { compareScores } from '../dist/ml/rows/compare-scores.js'
import { loadModelFromBytes } from '../dist/ml/registry.js'
import { modelCases } from '../dist/testing/models/model-cases.js'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const page = join(root, 'docs/models.md')
const listing = process.argv.includes('--list')

/** What the fields of a library are to a reader. */
const kinds = [
  ['contributions', /contrib/i],
  ['leaves and stages', /leaf|stage/i],
  ['sums before the link', /^(margin|raw|rawPrediction)$/],
  ['predictions', /./],
]
const kindOf = field => kinds.find(([, pattern]) => pattern.test(field))[0]

const families = new Map()
const work = mkdtempSync(join(tmpdir(), 'millrace-parity-'))
try {
  for (const { name, artefact, input, expected } of await modelCases(root)) {
    const [inputFile, expectedFile] = [join(work, 'input.jsonl'), join(work, 'expected.jsonl')]
    writeFileSync(inputFile, input)
    writeFileSync(expectedFile, expected)
    const model = await loadModelFromBytes(artefact)
    const report = await compareScores(model, nodeFileSystem, inputFile, expectedFile, 0)
    const family = families.get(model.signature.format) ?? { models: 0, rows: 0, largest: new Map() }
    model.close()
    families.set(model.signature.format, family)
    family.models++
    family.rows += report.rows
    for (const { name: field, largest } of report.fields) {
      if (listing) console.log(`${model.signature.format} ${name} ${field} ${largest}`)
      family.largest.set(kindOf(field), Math.max(family.largest.get(kindOf(field)) ?? 0, largest))
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Rounded up to a power of ten: the last digit of a difference says nothing, and the table should not change with it. */
const shown = difference => (difference === 0 ? '0' : Number.isFinite(difference) ? `< 1e${Math.floor(Math.log10(difference)) + 1}` : 'different')

const columns = kinds.map(([kind]) => kind)
const rows = [...families].sort(([a], [b]) => (a < b ? -1 : 1)).map(([format, { models, rows, largest }]) => `| ${format} | ${models} | ${rows} | ${columns.map(c => (largest.has(c) ? shown(largest.get(c)) : '')).join(' | ')} |`)
const body = [`| family | models | rows | ${columns.join(' | ')} |`, `|---|---|---|${columns.map(() => '---').join('|')}|`, ...rows].join('\n')

if (listing) process.exit(0)
const before = readFileSync(page, 'utf8')
const block = /(<!-- parity -->\n)[\s\S]*?(\n<!-- end -->)/
const after = before.replace(block, (_, open, close) => `${open}${body}${close}`)
if (!block.test(before)) {
  console.log('docs/models.md has no place for the parity table')
  process.exitCode = 1
} else if (process.argv.includes('--check')) {
  if (after !== before) {
    console.log(`The parity table of docs/models.md is not what the models of the tests give: run npm run parity, and read what changed.\n${body}`)
    process.exitCode = 1
  }
} else {
  writeFileSync(page, after)
  console.log(body)
}
