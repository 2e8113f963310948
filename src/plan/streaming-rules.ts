import { makeError, type MillraceError } from '../common/errors.ts'
import { quoteList } from '../common/suggest.ts'
import type { OutputMode } from '../common/output-mode.ts'
import { eventTimeColumns, groupTime } from './event-time.ts'
import { type AggregateNode, isStreaming, type JoinNode, type LogicalPlan, nodesOf } from './logical-plan.ts'

/**
 * Whether a streaming plan can run in an output mode: Spark's rules by query shape (semantics.md §1.6), in Spark's words.
 * @throws AnalysisError
 */
export function checkStreamingRules(plan: LogicalPlan, mode: OutputMode): void {
  const aggregates = streamingAggregates(plan)
  if (mode === 'complete' && aggregates.length === 0) throw completeNeedsAggregation()
  if (mode === 'append') {
    for (const node of aggregates) {
      const time = groupTime(node)
      if (time.kind === 'none' || !time.watermarked) throw appendNeedsWatermark(node)
    }
  }
  if (mode !== 'append' && aggregates.length > 1) throw chainedInMode(mode)
  for (const node of nodesOf(plan)) {
    if (node.kind === 'join') checkJoin(node, mode)
    if (node.kind === 'union' && node.inputs.some(isStreaming) && !node.inputs.every(isStreaming)) throw unionOfBoth()
  }
}

/**
 * Two event times that group one aggregation. Spark finds it when it plans the first batch, we at start.
 * @throws AnalysisError PLAN_TWO_EVENT_TIMES
 */
export function checkEventTimes(plan: LogicalPlan): void {
  for (const node of nodesOf(plan)) {
    if (node.kind !== 'aggregate' || !isStreaming(node)) continue
    const columns = [...eventTimeColumns(node).keys()]
    if (columns.length > 1) {
      throw makeError('PLAN_TWO_EVENT_TIMES', `Two event-time columns, ${quoteList(columns)}, group one aggregation. Group by one of them only.`, { context: { columns } })
    }
  }
}

/**
 * The error of a second watermark on one stream, null when there is none. As in Spark it is raised by the first batch
 * that has a watermark: only then would the two disagree on what is late.
 */
export function watermarkRedefined(plan: LogicalPlan): MillraceError | null {
  for (const node of nodesOf(plan)) {
    if (node.kind !== 'watermark' || !isStreaming(node)) continue
    for (const below of nodesOf(node.input)) {
      if (below.kind !== 'watermark') continue
      return makeError('PLAN_WATERMARK_REDEFINED', `withWatermark("${node.column}") stands above withWatermark("${below.column}") on the same stream. Keep one of them.`, {
        context: { columns: [node.column, below.column] },
      })
    }
  }
  return null
}

export function streamingAggregates(plan: LogicalPlan): AggregateNode[] {
  return [...nodesOf(plan)].filter((n): n is AggregateNode => n.kind === 'aggregate' && isStreaming(n))
}

function checkJoin(node: JoinNode, mode: OutputMode): void {
  const left = isStreaming(node.left)
  const right = isStreaming(node.right)
  if (left && right) {
    checkStreamJoin(node, mode)
    throw makeError('PLAN_UNSUPPORTED_OPERATOR', 'A join of two streams is not available yet. Join the stream with a static table (readBatch), or union the streams and aggregate.', {
      context: { operator: 'join of two streams', how: node.how },
    })
  }
  if (!left && !right) return
  const bad = left ? ['right', 'full'] : ['left', 'full', 'leftSemi', 'leftAnti']
  if (bad.includes(node.how)) {
    throw makeError('PLAN_STREAMING_UNSUPPORTED', `A ${node.how} join with the stream on the ${left ? 'left' : 'right'} and a static table on the other side is not supported: unmatched static rows could match later. Use ${left ? '"inner" or "left"' : '"inner" or "right"'}.`, {
      context: { how: node.how },
    })
  }
}

/** Joins of two streams that Spark refuses too, so that nobody waits for them. */
function checkStreamJoin(node: JoinNode, mode: OutputMode): void {
  const { how } = node
  const keepsUnmatched = how === 'left' || how === 'right' || how === 'full'
  if (mode === 'complete') throw streamJoin(how, 'is not supported in output mode "complete": its result is never whole. Use "append".')
  if (mode === 'update' && keepsUnmatched) throw streamJoin(how, 'is not supported in output mode "update": a row without a match could still get one. Use "append".')
  if (how === 'leftAnti') throw streamJoin(how, 'is not supported: a match could always come later. Use a static table on the right.')
  if (node.keys.length === 0) throw streamJoin(how, 'needs columns that are equal on both sides.', '_LEGACY_ERROR_TEMP_1181')
  const watermarked = [...nodesOf(node)].some(n => n.kind === 'watermark')
  if ((keepsUnmatched || how === 'leftSemi') && !watermarked) throw streamJoin(how, 'is not supported without a watermark: every row would have to be kept for ever. Add withWatermark() on both sides.')
}

function streamJoin(how: string, reason: string, spark?: string): MillraceError {
  return makeError('PLAN_STREAMING_UNSUPPORTED', `A ${how} join between two streams ${reason}`, { context: { how }, ...(spark === undefined ? {} : { spark }) })
}

function completeNeedsAggregation(): MillraceError {
  return makeError('PLAN_OUTPUT_MODE_UNSUPPORTED', 'Output mode "complete" is not supported when there are no streaming aggregations: the whole stream would have to be kept. Use "append" or "update", or aggregate.', {
    context: { mode: 'complete' },
  })
}

function appendNeedsWatermark(node: AggregateNode): MillraceError {
  const keys = node.keys.map(k => k.name)
  const by = keys.length === 0 ? 'of the whole stream' : `by ${quoteList(keys)}`
  return makeError(
    'PLAN_APPEND_NEEDS_WATERMARK',
    `Output mode "append" emits a group only when it can no longer change, and groups ${by} never become final. Add withWatermark() and group by a window of that column, or use output mode "update" or "complete".`,
    { context: { keys } },
  )
}

function chainedInMode(mode: OutputMode): MillraceError {
  return makeError('PLAN_STREAMING_UNSUPPORTED', `Several stateful operators in a row are not supported in output mode "${mode}": the second would see rows that the first takes back. Use "append".`, {
    context: { mode },
  })
}

function unionOfBoth(): MillraceError {
  return makeError('PLAN_STREAMING_UNSUPPORTED', 'Union between streaming and batch DataFrames is not supported. Read both as streams.', {})
}
