import { makeError, type MillraceError } from '../common/errors.ts'
import { quoteList } from '../common/suggest.ts'
import { groupTime } from './event-time.ts'
import { isStreaming, type LogicalPlan, nodesOf, type ScanNode } from './logical-plan.ts'

/** Which sinks a query has beside that of its output. */
export interface SideOutputs {
  readonly lateRows: boolean
  readonly deadLetters: boolean
  readonly disagreements: boolean
}

/**
 * Side outputs and what feeds them come in pairs: dead letters without a sink would be lost without a word, and a sink
 * that nothing can reach is a mistake elsewhere in the query.
 * @throws AnalysisError PLAN_INVALID_OPTION
 */
export function checkSideOutputs(plan: LogicalPlan, { lateRows, deadLetters, disagreements }: SideOutputs): void {
  const keeping = [...nodesOf(plan)].filter(n => n.kind === 'scan').filter(keepsDeadLetters)
  if (keeping.length > 0 && !deadLetters) throw deadLettersLost(keeping)
  const scores = [...nodesOf(plan)].filter(n => n.kind === 'score' && n.onInvalid === 'deadLetter')
  if (scores.length > 0 && !deadLetters) {
    throw invalid('onInvalid', 'score() has onInvalid "deadLetter", but the query has no sink for dead letters, so that rows would be lost. Give writeStream() one, such as deadLetters: files({ path: "bad/", format: "jsonl" }), or set onInvalid to "skip", "error" or "keep".')
  }
  if (keeping.length === 0 && scores.length === 0 && deadLetters) {
    throw invalid('deadLetters', `writeStream() was given deadLetters, but no source of the query sends records there. Add onBadRecord: "deadLetter" to the source, or leave deadLetters out.`)
  }
  const shadowed = new Set([...nodesOf(plan)].filter(n => n.kind === 'score' && n.shadow !== undefined))
  if (shadowed.size > 1) throw invalid('shadow', `The query has ${shadowed.size} score() with shadow, whose disagreements have other columns each, and one sink for them. Leave shadow to one of them.`)
  if (shadowed.size > 0 && !disagreements) {
    throw invalid('shadow', 'score() has shadow, but the query has no sink for disagreements, so that nobody would learn of them. Give writeStream() one, such as disagreements: files({ path: "differences/", format: "jsonl" }), or leave shadow out.')
  }
  if (shadowed.size === 0 && disagreements) throw invalid('disagreements', 'writeStream() was given disagreements, but no score() of the query has a shadow that could disagree. Add shadow: ["name@alias"] to it, or leave disagreements out.')
  if (lateRows && !hasLateRows(plan)) {
    throw invalid('lateRows', `writeStream() was given lateRows, but no row of the query can be late: there is no aggregation whose groups a watermark ends. Add withWatermark() and group by a window of that column, or leave lateRows out.`)
  }
}

/** Whether bad records of a source go to the query's sink for dead letters. */
export function keepsDeadLetters(scan: Pick<ScanNode, 'source'>): boolean {
  return scan.source.options['onBadRecord'] === 'deadLetter'
}

function hasLateRows(plan: LogicalPlan): boolean {
  return [...nodesOf(plan)].some(n => {
    if (n.kind !== 'aggregate' || !isStreaming(n)) return false
    const time = groupTime(n)
    return time.kind !== 'none' && time.watermarked
  })
}

function deadLettersLost(scans: readonly ScanNode[]): MillraceError {
  const names = quoteList(scans.map(s => s.name))
  return invalid('onBadRecord', `Source ${names} has onBadRecord "deadLetter", but the query has no sink for dead letters, so that bad records would be lost. Give writeStream() one, such as deadLetters: files({ path: "bad/", format: "jsonl" }), or set onBadRecord to "skip" or "fail".`)
}

function invalid(option: string, message: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', message, { context: { option } })
}
