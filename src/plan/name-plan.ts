import { makeError } from '../common/errors.ts'
import { type AggregateNode, isStreaming, type LogicalPlan, type ScanNode, transformUp } from './logical-plan.ts'

/**
 * Gives every streaming source and stateful operator its name on disk: the one it was given, or its kind and position
 * (`file-0`, `aggregate-0`), counted from the leaves, left to right. Names must stay the same for a checkpoint to fit.
 * @throws AnalysisError PLAN_INVALID_NAME when two have one name
 */
export function namePlan(plan: LogicalPlan): LogicalPlan {
  const used = new Set<string>()
  const scans = new Map<ScanNode, ScanNode>()
  const counts = new Map<string, number>()
  const fresh = (kind: string, given: string | null): string => {
    const n = counts.get(kind) ?? 0
    counts.set(kind, n + 1)
    const name = given ?? `${kind}-${n}`
    if (used.has(name)) throw nameTaken(name)
    used.add(name)
    return name
  }
  return transformUp(plan, node => {
    if (node.kind === 'scan') {
      // The same source used twice is one source.
      let named = scans.get(node)
      if (named === undefined) {
        named = Object.freeze({ ...node, name: fresh(node.streaming ? node.source.provider : `static-${node.source.provider}`, node.name === '' ? null : node.name) })
        scans.set(node, named)
      }
      return named
    }
    if (node.kind === 'aggregate' && isStreaming(node)) return Object.freeze({ ...node, name: fresh('aggregate', node.name) }) satisfies AggregateNode
    if (node.kind === 'aggregate') return Object.freeze({ ...node, name: node.name ?? fresh('batch-aggregate', null) })
    return node
  })
}

const pattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/

/** @throws AnalysisError PLAN_INVALID_NAME */
export function checkName(name: string, what: string): void {
  if (pattern.test(name)) return
  throw makeError('PLAN_INVALID_NAME', `The ${what} "${name}" becomes part of paths: use 1 to 128 letters, digits, ".", "_" and "-", not starting with ".".`, { context: { name, what } })
}

function nameTaken(name: string): Error {
  return makeError('PLAN_INVALID_NAME', `Two sources or operators of the query are named "${name}". Give one of them another name.`, { context: { name } })
}
