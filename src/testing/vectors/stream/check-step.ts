import type { Json } from '../../../common/json.ts'
import { sameRows, short, shortRows } from '../compare.ts'
import type { ExpectedBatch, VectorStep } from '../vector.ts'
import type { RanBatch, StepOutcome, StreamRun } from './stream-run.ts'

/** What of a step's expectation does not hold: the first difference, or null. Errors are looked at elsewhere. */
export function checkBatches(step: VectorStep, outcome: StepOutcome, run: StreamRun, tolerance: number): string | null {
  const expected = step.expect?.batches
  if (expected === undefined) return null
  const ids = (list: readonly number[]): string => (list.length === 0 ? 'no batch' : `batches ${list.join(' ')}`)
  const got = outcome.batches.map(b => b.progress.batchId)
  const wanted = expected.map(b => b.batchId)
  for (let i = 0; i < Math.min(expected.length, outcome.batches.length); i++) {
    if (got[i] !== wanted[i]) break
    const difference = checkBatch(expected[i], outcome.batches[i], run, tolerance)
    if (difference !== null) return `batch ${got[i]}: ${difference}`
  }
  if (got.length !== wanted.length || got.some((b, i) => b !== wanted[i])) return `expected ${ids(wanted)}, got ${ids(got)}`
  return null
}

function checkBatch(expected: ExpectedBatch, got: RanBatch, run: StreamRun, tolerance: number): string | null {
  const { progress, prepared } = got
  if (expected.rows !== undefined && !sameRows(got.rows ?? [], expected.rows as readonly Json[], tolerance)) {
    return `expected rows ${shortRows(expected.rows as readonly Json[])}, got ${shortRows(got.rows ?? [])}`
  }
  const inputRows = run.streamingSources.map(name => progress.sources.find(s => s.name === name)?.numInputRows ?? 0)
  const facts: readonly (readonly [what: string, wanted: Json | undefined, got: Json])[] = [
    ['input rows', expected.inputRows as Json | undefined, inputRows],
    // No watermark yet is the epoch in Spark.
    ['watermark', expected.watermarkMs, prepared?.record.watermarks.evict ?? 0],
    ['next watermark', expected.nextWatermarkMs, prepared?.next.global ?? 0],
    ['clock', expected.clockMs, prepared?.record.clockMs ?? null],
    ['event time', timesOf(expected.eventTime ?? {}), timesOf(withEqualMean(progress.eventTime, expected.eventTime))],
  ]
  for (const [what, wanted, value] of facts) {
    if (wanted !== undefined && !sameRows([value], [wanted], 0)) return `expected ${what} ${short(wanted)}, got ${short(value)}`
  }
  return null
}

type EventTimes = NonNullable<ExpectedBatch['eventTime']>

/** The mean is a running one in double precision, cut off at a millisecond: its last one depends on how rows were split into tasks. */
function withEqualMean(got: EventTimes, expected: EventTimes | undefined): EventTimes {
  if (got.avg === undefined || expected?.avg === undefined) return got
  return Math.abs(Date.parse(got.avg) - Date.parse(expected.avg)) <= 1 ? { ...got, avg: expected.avg } : got
}

/** Statistics without the watermark, which is looked at by itself. */
function timesOf({ min, max, avg }: EventTimes): Json {
  return { ...(avg === undefined ? {} : { avg }), ...(max === undefined ? {} : { max }), ...(min === undefined ? {} : { min }) }
}

/** Counters of the state that differ from Spark's: no failure, since they describe its own operators. */
export function stateNotes(step: VectorStep, outcome: StepOutcome): string[] {
  const notes: string[] = []
  for (const expected of step.expect?.batches ?? []) {
    const got = outcome.batches.find(b => b.progress.batchId === expected.batchId)?.progress.stateOperators
    if (expected.state === undefined || got === undefined) continue
    const text = (list: readonly object[]): string => JSON.stringify(list)
    const wanted = expected.state.map(({ total, updated, removed, late }) => ({ total, updated, removed, late }))
    const ours = [...got].reverse().map(o => ({ total: o.numRowsTotal, updated: o.numRowsUpdated, removed: o.numRowsRemoved, late: o.numRowsDroppedByWatermark }))
    if (text(wanted) !== text(ours)) notes.push(`batch ${expected.batchId}: state ${text(ours)}, Spark has ${text(wanted)}`)
  }
  return notes
}
