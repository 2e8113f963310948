import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
// The workers of the second run load compiled modules, so the whole runner is the compiled one.
import { nodePorts } from '../../dist/common/node/node-ports.js'
import { loadVectors } from '../../dist/testing/vectors/load-vectors.js'
import { reportLines, reportOf, type VectorReport } from '../../dist/testing/vectors/report.js'
import { runVectors } from '../../dist/testing/vectors/run-vectors.js'

/**
 * Every recorded vector, inline and on two worker executors. The numbers may grow; a vector that passed once and no
 * longer does is a bug. Families with nothing that passes yet are not listed.
 */
const passing: Readonly<Record<string, number>> = {
  AE: 34, AG: 10, AX: 22, CG: 4, EW: 22, FL: 17, FS: 17, MS: 4, MW: 17, PR: 2, RC: 15, RG: 15, TG: 9, WG: 39,
  XA: 49, XC: 72, XD: 102, XF: 18, XG: 75, XH: 34, XL: 51, XM: 60, XN: 53, XS: 123, XW: 13, OX: 246,
}

const deviations = new Map(Object.entries(JSON.parse(readFileSync(new URL('deviations.json', import.meta.url), 'utf8')) as Record<string, string>))

describe('recorded vectors', () => {
  let report: VectorReport
  beforeAll(async () => {
    const vectors = await loadVectors(nodePorts.files, new URL('data', import.meta.url).pathname)
    report = await runVectors(vectors, { executors: 2, deviations })
  }, 300_000)

  test('none fails', () => {
    expect(report.results.filter(r => r.outcome.status === 'failed').map(r => `${r.vector.id} ${JSON.stringify(r.outcome)}`)).toEqual([])
  })

  test.each(Object.entries(passing))('family %s passes %i at least', (family, count) => {
    expect(reportOf(report.results.filter(r => r.vector.family === family)).passed).toBeGreaterThanOrEqual(count)
  })

  test('exactly those of deviations.json differ from Spark', () => {
    const differing = report.results.filter(r => r.outcome.status === 'passed' && r.outcome.deviation !== undefined).map(r => r.vector.id)
    expect(differing.sort()).toEqual([...deviations.keys()].sort())
  })

  test('the report ends with the three numbers', () => {
    const { passed, failed, unsupported } = report
    expect([...reportLines(report, false)].at(-1)).toBe(`${passed} passed, ${failed} failed, ${unsupported} unsupported`)
    expect(passed + failed + unsupported).toBe(report.results.length)
  })
})
