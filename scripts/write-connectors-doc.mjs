// Writes the option tables of docs/connectors.md from the code, between their markers; with --check it only compares.
//
//   node scripts/write-connectors-doc.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../docs/connectors.md', import.meta.url)
const tables = {
  'files as a source': ['sources/file/options.js', 'fileSourceOptions'],
  'files as a sink': ['sinks/file/options.js', 'fileSinkOptions'],
  'kafka as a source': ['sources/kafka/options.js', 'kafkaSourceOptions'],
  avro: ['formats/avro/options.js', 'avroOptions'],
  registry: ['sources/kafka/registry/options.js', 'registryOptions'],
  rate: ['sources/rate/rate-source.js', 'rateSourceOptions'],
  rateMicroBatch: ['sources/rate/rate-micro-batch-source.js', 'rateMicroBatchSourceOptions'],
  socket: ['sources/socket/socket-source.js', 'socketSourceOptions'],
  consoleSink: ['sinks/console/console-sink.js', 'consoleSinkOptions'],
  'kafka as a sink': ['sinks/kafka/options.js', 'kafkaWritingOptions'],
  parquet: ['formats/parquet/options.js', 'parquetOptions'],
  arrow: ['formats/arrow/options.js', 'arrowOptions'],
}

const cell = text => String(text).replaceAll('|', '\\|')
let text = readFileSync(page, 'utf8')
const problems = []
for (const [name, [file, exported]] of Object.entries(tables)) {
  const table = (await import(new URL(`../dist/${file}`, import.meta.url)))[exported]
  const rows = Object.entries(table).map(([option, o]) => {
    const byDefault = o.required ? 'needed' : o.defaultValue === undefined ? '' : `\`${JSON.stringify(o.defaultValue)}\``
    return `| \`${option}\` | ${cell(o.expects)} | ${cell(byDefault)} | ${cell(o.doc)} |`
  })
  const body = ['| option | takes | default | |', '|---|---|---|---|', ...rows].join('\n')
  const block = new RegExp(`(<!-- options: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`)
  if (!block.test(text)) problems.push(`docs/connectors.md has no place for "${name}"`)
  text = text.replace(block, (_, open, close) => `${open}${body}${close}`)
}
if (process.argv.includes('--check')) {
  if (text !== readFileSync(page, 'utf8')) problems.push('docs/connectors.md differs from the code: run node scripts/write-connectors-doc.mjs')
} else writeFileSync(page, text)
for (const p of problems) console.log(p)
if (problems.length === 0) console.log(`${Object.keys(tables).length} option tables`)
process.exitCode = problems.length === 0 ? 0 : 1
