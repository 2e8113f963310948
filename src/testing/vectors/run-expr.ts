import { int32Type, type DataType, field } from '../../columnar/data-type.ts'
import { makeSchema } from '../../columnar/schema.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Json } from '../../common/json.ts'
import type { Expr, LiteralExpr } from '../../expr/expr.ts'
import { mapExpr } from '../../expr/walk.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { outputSchema } from '../../plan/output-schema.ts'
import { projectionPlan } from '../../session/projection-plan.ts'
import type { Session } from '../../session/session.ts'
import { BatchBuilder } from '../../columnar/batch-builder.ts'
import { appendLiteral, makeLiteral } from '../../expr/literal.ts'
import { containsAggregate } from '../../expr/resolve-aggregate.ts'
import { aggregateOf } from '../../session/aggregate-plan.ts'
import { sameValue, short, toleranceOf } from './compare.ts'
import { describeError, featureIn, isExpectedError, refusedByType } from './errors.ts'
import { exprOf } from './expressions.ts'
import { staticScan } from './frames.ts'
import { parseSparkType, sparkTypeText } from './spark-types.ts'
import { type ExprVector, type Outcome, UnsupportedFeature } from './vector.ts'
import { jsonAt } from './values.ts'

const empty = makeSchema([])
const rowName = '#row'

/** How often the row of a vector is repeated in the column run, and which of these rows are null. */
const columnRows = 9
const isNullRow = (i: number): boolean => i % 4 === 0 || i === 7
/** Rows per input partition, so that two executors both have some. */
const perPartition = 3

/** Functions that raise on a null: their batches get no null rows. */
const raisesOnNull = new Set(['assert_true', 'raise_error'])

/**
 * Runs an expression vector twice: as written, and with its literals in the columns of a batch whose rows are partly
 * null, so that nothing is computed before the rows are there. A literal that analysis insists on stays one.
 */
export async function runExprVector(vector: ExprVector, session: Session): Promise<Outcome> {
  if (vector.expr === undefined) return { status: 'unsupported', feature: 'SQL text' }
  const { expect } = vector
  try {
    if (expect.type !== undefined) parseSparkType(expect.type)
    const expr = exprOf(vector.expr, empty)
    const tolerance = toleranceOf(vector.expr)
    const plain = await check(vector, tolerance, () => runOver(session, expr, [], 1, () => false))
    if (plain !== null) return { status: 'failed', reason: plain }
    const { moved, literals } = containsAggregate(expr) ? { moved: expr, literals: [] } : moveLiterals(expr)
    if (literals.length === 0) return { status: 'passed', notes: [] }
    const nulls = callsAny(expr, raisesOnNull) ? () => false : isNullRow
    const inColumns = await check(vector, tolerance, () => runOver(session, moved, literals, columnRows, nulls))
    return inColumns === null ? { status: 'passed', notes: [] } : { status: 'failed', reason: `with its literals in columns: ${inColumns}` }
  } catch (error) {
    if (error instanceof Deviation) return { status: 'passed', notes: [], deviation: error.message }
    if (expect.error !== undefined && isExpectedError(error, expect.error)) return { status: 'passed', notes: [] }
    const feature = featureIn(error)
    if (feature !== undefined) return { status: 'unsupported', feature }
    throw error
  }
}

/** It differs on purpose. */
class Deviation extends Error {}

interface Evaluated {
  readonly type: DataType
  /** Per row that is not null: the value, or the values of a generator. */
  readonly rows: readonly (readonly Json[])[]
}

/** Null when the expectation is met, else what was found instead. */
async function check(vector: ExprVector, tolerance: number, run: () => Promise<Evaluated>): Promise<string | null> {
  const { expect } = vector
  let found: Evaluated
  try {
    found = await run()
  } catch (error) {
    if (expect.error !== undefined && isExpectedError(error, expect.error)) return null
    const feature = featureIn(error)
    if (feature !== undefined) throw new UnsupportedFeature(feature)
    const deviation = refusedByType(error, expect.value)
    if (deviation !== undefined) throw new Deviation(deviation)
    return `expected ${expect.error === undefined ? short(expect.value ?? expect.values) : expect.error.condition}, got ${describeError(error)}`
  }
  if (expect.error !== undefined) return `expected ${expect.error.condition}, got ${short(found.rows[0])}`
  const type = plainType(sparkTypeText(found.type))
  if (expect.type !== undefined && type !== plainType(expect.type)) return `expected type ${expect.type}, got ${type}`
  const wanted = expect.values ?? [expect.value as Json]
  for (const values of found.rows) {
    if (values.length !== wanted.length || values.some((v, i) => !sameValue(v, wanted[i], tolerance))) return `expected ${short(wanted)}, got ${short(values)}`
  }
  return null
}

/** Whether a field may be null depends on where its value comes from, which the column run changes; quotes are optional. */
function plainType(text: string): string {
  return text.replaceAll(' not null', '').replaceAll('`', '').replaceAll(': ', ':').replaceAll(', ', ',')
}

/** Evaluates over `count` rows of the given literals, beside the number of the row. */
async function runOver(session: Session, expr: Expr, literals: readonly LiteralExpr[], count: number, isNull: (row: number) => boolean): Promise<Evaluated> {
  const schema = makeSchema([field(rowName, int32Type, false), ...literals.map((l, k) => field(`c${k}`, l.type))])
  const batches: RecordBatch[] = []
  for (let start = 0; start < count; start += perPartition) {
    const builder = new BatchBuilder(schema)
    for (let i = start; i < Math.min(count, start + perPartition); i++) {
      appendLiteral(builder.columns[0], i)
      literals.forEach((l, k) => appendLiteral(builder.columns[k + 1], isNull(i) ? null : l.value))
    }
    batches.push(builder.finish())
  }
  const plan = planOver(staticScan(session, schema, batches), expr)
  const result = await session.frame(plan).collectBatch()
  const rows: Json[][] = Array.from({ length: count }, () => [])
  for (let i = 0; i < result.numRows; i++) rows[jsonAt(result.columns[0], i) as number].push(jsonAt(result.columns[1], i))
  return { type: outputSchema(plan).fields[1].type, rows: rows.filter((_, i) => !isNull(i)) }
}

/** The number of the row and the value; an aggregate makes one row of all, which is the first. */
function planOver(scan: LogicalPlan, expr: Expr): LogicalPlan {
  const value = { name: 'x', expr }
  if (!containsAggregate(expr)) return projectionPlan(scan, [{ name: rowName, expr: { kind: 'column', name: rowName } }, value], 'select()')
  return projectionPlan(aggregateOf(scan, [], [value], null), [{ name: rowName, expr: makeLiteral(0, int32Type) }, { name: 'x', expr: { kind: 'column', name: 'x' } }], 'select()')
}

/** Moves into a column every literal that may be one without analysis refusing the expression or typing it differently. */
function moveLiterals(expr: Expr): { readonly moved: Expr; readonly literals: readonly LiteralExpr[] } {
  const all: LiteralExpr[] = []
  mapExpr(expr, e => {
    if (e.kind === 'literal') all.push(e)
    return undefined
  })
  let moved = expr
  const literals: LiteralExpr[] = []
  const type = typeOver(expr, literals)
  // Refused as it is: with a name in place of a literal it may be refused for another reason.
  if (type === undefined) return { moved: expr, literals }
  for (const literal of all) {
    if (literal.type.kind === 'null') continue
    const candidate = mapExpr(moved, e => (e === literal ? { kind: 'column', name: `c${literals.length}` } : undefined))
    if (typeOver(candidate, [...literals, literal]) !== type) continue
    moved = candidate
    literals.push(literal)
  }
  return { moved, literals }
}

/** The type of an expression over columns of these literals' types, undefined when it is refused. */
function typeOver(expr: Expr, literals: readonly LiteralExpr[]): string | undefined {
  const schema = makeSchema(literals.map((l, k) => field(`c${k}`, l.type)))
  try {
    const scan: LogicalPlan = { kind: 'scan', name: '', source: { provider: 'memory', options: {} }, declared: schema, schema, streaming: false }
    const fields = outputSchema(projectionPlan(scan, [{ name: 'x', expr }], 'select()')).fields
    return plainType(sparkTypeText(fields[0].type))
  } catch {
    return undefined
  }
}

function callsAny(expr: Expr, names: ReadonlySet<string>): boolean {
  let found = false
  mapExpr(expr, e => {
    if (e.kind === 'call' && names.has(e.name)) found = true
    return undefined
  })
  return found
}
