// Writes the table of docs/metrics.md and deploy/grafana/millrace.json from the code; with --check it only compares.
//
//   node scripts/metrics-doc.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { grafanaDashboard } from './metrics-grafana.mjs'

const { metricTable } = await import(new URL('../dist/admin/metrics/metric-table.js', import.meta.url))
const page = new URL('../docs/metrics.md', import.meta.url)
const dashboard = new URL('../deploy/grafana/millrace.json', import.meta.url)

const rows = Object.entries(metricTable).map(([name, m]) => `| \`${name}\` | ${m.type} | ${m.labels.map(l => `\`${l}\``).join(', ')} | ${m.help} |`)
const table = ['| metric | type | labels | |', '|---|---|---|---|', ...rows].join('\n')
const text = readFileSync(page, 'utf8')
const block = /(<!-- metrics -->\n)[\s\S]*?(\n<!-- end -->)/
const problems = block.test(text) ? [] : ['docs/metrics.md has no place for the table']
const wanted = [
  [page, text.replace(block, (_, open, close) => `${open}${table}${close}`)],
  [dashboard, `${JSON.stringify(grafanaDashboard(), null, 2)}\n`],
]
for (const [file, content] of wanted) {
  if (!process.argv.includes('--check')) writeFileSync(file, content)
  else if (content !== readFileSync(file, 'utf8')) problems.push(`${file.pathname} differs from the code: run node scripts/metrics-doc.mjs`)
}
for (const p of problems) console.log(p)
if (problems.length === 0) console.log(`${rows.length} metrics`)
process.exitCode = problems.length === 0 ? 0 : 1
