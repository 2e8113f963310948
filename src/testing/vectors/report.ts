import type { Outcome, TestVector } from './vector.ts'

/** One vector's outcome over all of its variants. */
export interface VectorResult {
  readonly vector: Pick<TestVector, 'id' | 'family' | 'title'>
  readonly outcome: Outcome
}

export interface VectorReport {
  readonly passed: number
  readonly failed: number
  readonly unsupported: number
  readonly results: readonly VectorResult[]
}

export function reportOf(results: readonly VectorResult[]): VectorReport {
  const count = (status: Outcome['status']): number => results.filter(r => r.outcome.status === status).length
  return { passed: count('passed'), failed: count('failed'), unsupported: count('unsupported'), results }
}

/** A line per failure, the features that are lacking with their counts, and last the three numbers. */
export function* reportLines(report: VectorReport, verbose: boolean): Iterable<string> {
  for (const { vector, outcome } of report.results) {
    if (outcome.status === 'failed') yield `FAILED ${vector.id} ${vector.title}: ${outcome.reason}`
    if (verbose && outcome.status === 'passed' && outcome.deviation !== undefined) yield `deviation ${vector.id} ${vector.title}: ${outcome.deviation}`
    if (verbose && outcome.status === 'passed') for (const note of outcome.notes) yield `note ${vector.id}: ${note}`
    if (verbose && outcome.status === 'unsupported') yield `unsupported ${vector.id} ${vector.title}: ${outcome.feature}`
  }
  const deviations = report.results.filter(r => r.outcome.status === 'passed' && r.outcome.deviation !== undefined)
  if (deviations.length > 0) yield `${deviations.length} of those that pass differ from Spark on purpose${verbose ? '' : ' (--verbose names them)'}`
  const features = featureCounts(report)
  if (features.length > 0) {
    yield 'Unsupported:'
    for (const [feature, count] of features) yield `${String(count).padStart(6)}  ${feature}`
  }
  if (verbose) yield* familyLines(report)
  yield `${report.passed} passed, ${report.failed} failed, ${report.unsupported} unsupported`
}

function featureCounts(report: VectorReport): [string, number][] {
  const counts = new Map<string, number>()
  for (const { outcome } of report.results) {
    if (outcome.status === 'unsupported') counts.set(outcome.feature, (counts.get(outcome.feature) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}

function* familyLines(report: VectorReport): Iterable<string> {
  yield 'Families:          passed  failed  unsupported'
  for (const family of new Set(report.results.map(r => r.vector.family))) {
    const own = reportOf(report.results.filter(r => r.vector.family === family))
    yield `    ${family.padEnd(12)} ${String(own.passed).padStart(8)} ${String(own.failed).padStart(7)} ${String(own.unsupported).padStart(12)}`
  }
}
