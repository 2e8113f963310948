import type { Json } from '../../common/json.ts'
import type { Session } from '../../session/session.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { sameRows, shortRows, toleranceOf } from './compare.ts'
import { describeError, featureIn, isExpectedError, refusedByType } from './errors.ts'
import { keepColumns, knownColumns, staticScan } from './frames.ts'
import { planOf } from './queries.ts'
import { batchOf, rowsToJson } from './values.ts'
import type { BatchVector, Outcome } from './vector.ts'

/**
 * Runs a batch vector over its static rows, cut into input partitions of `rowsPerPartition`: the answer must not depend
 * on where the cuts are.
 */
export async function runBatchVector(vector: BatchVector, session: Session, rowsPerPartition: number): Promise<Outcome> {
  const { expect } = vector
  try {
    const scans = new Map<string, LogicalPlan>()
    const scan = (name: string): LogicalPlan => {
      let plan = scans.get(name)
      if (plan === undefined) scans.set(name, (plan = scanOf(vector, name, session, rowsPerPartition)))
      return plan
    }
    const result = await session.frame(planOf(vector.query, scan)).collectBatch()
    if (expect.error !== undefined) return { status: 'failed', reason: `expected ${expect.error.condition}, got ${shortRows(rowsToJson(result))}` }
    const got = rowsToJson(result)
    const wanted = expect.rows ?? []
    if (sameRows(got, wanted, toleranceOf(vector.query), vector.ordered === true)) return { status: 'passed', notes: [] }
    return { status: 'failed', reason: `expected ${shortRows(wanted)}, got ${shortRows(got)}` }
  } catch (error) {
    if (expect.error !== undefined && isExpectedError(error, expect.error)) return { status: 'passed', notes: [] }
    const deviation = refusedByType(error, expect.rows as Json | undefined)
    if (deviation !== undefined) return { status: 'passed', notes: [], deviation }
    const feature = featureIn(error)
    if (feature !== undefined) return { status: 'unsupported', feature }
    return { status: 'failed', reason: `expected ${expect.error === undefined ? 'rows' : expect.error.condition}, got ${describeError(error)}` }
  }
}

function scanOf(vector: BatchVector, name: string, session: Session, rowsPerPartition: number): LogicalPlan {
  const source = vector.sources[name]
  const known = knownColumns(source.schema, vector.query, vector.outputSchema)
  const rows = keepColumns(source.rows ?? [], known)
  const batches = []
  for (let at = 0; at < rows.length; at += rowsPerPartition) batches.push(batchOf(known.schema, rows.slice(at, at + rowsPerPartition)))
  return staticScan(session, known.schema, batches)
}
