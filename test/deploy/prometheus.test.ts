import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { metricTable } from '../../dist/admin/metrics/metric-table.js'
import { promtool, promtoolMissing } from '../support/promtool.ts'

const rules = 'deploy/prometheus/millrace-alerts.yml'
const alerts = readFileSync(rules, 'utf8')
const dashboard: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(readFileSync('deploy/grafana/millrace.json', 'utf8'))
const expressions = dashboard.panels.flatMap(p => p.targets.map(t => t.expr))

test('alerts and dashboard name metrics that there are', () => {
  const known = new Set(Object.entries(metricTable).flatMap(([name, { type }]) => (type === 'histogram' ? ['_sum', '_count', '_bucket'].map(s => `${name}${s}`) : [name])))
  const named = [alerts, ...expressions].flatMap(text => text.match(/\bmillrace_[a-z_]+/g) ?? [])
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(n => !known.has(n))).toEqual([])
})

test('every alert has a section that says what to do, and a test', () => {
  const page = readFileSync('docs/operations.md', 'utf8')
  const tests = readFileSync('deploy/prometheus/millrace-alerts.test.yml', 'utf8')
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(m => m[1])
  expect(names.length).toBe(9)
  for (const name of names) {
    expect(page).toContain(`### ${name}\n`)
    expect(tests).toContain(`alertname: ${name}`)
    expect(alerts).toContain(`docs/operations.md#${name.toLowerCase()}`)
  }
})

test.skipIf(promtoolMissing !== null)(`promtool accepts the alert rules, and their tests pass${promtoolMissing ?? ''}`, () => {
  expect(promtool(['check', 'rules', rules])).toMatchObject({ status: 0 })
  expect(promtool(['test', 'rules', 'deploy/prometheus/millrace-alerts.test.yml'])).toMatchObject({ status: 0 })
})

test.skipIf(promtoolMissing !== null)(`promtool accepts every expression of the Grafana dashboard${promtoolMissing ?? ''}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-rules-'))
  try {
    const file = join(folder, 'dashboard.json')
    const asRules = expressions.map((expr, i) => ({ record: `panel:${i}`, expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$query', '.*') }))
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: asRules }] }))
    expect(promtool(['check', 'rules', file])).toMatchObject({ status: 0 })
  } finally {
    await rm(folder, { recursive: true })
  }
})
