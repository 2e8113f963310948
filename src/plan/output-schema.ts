import { assertNever } from '../common/assert.ts'
import { durationText } from '../common/duration.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import { type DataType, field, type Field, isWindowType, typeName, windowType } from '../columnar/data-type.ts'
import { makeSchema, requireField, type Schema } from '../columnar/schema.ts'
import { commonType } from '../expr/coercion.ts'
import type { AggregateExpr, Expr } from '../expr/expr.ts'
import { resolve, resolveCondition } from '../expr/resolve.ts'
import { resolveWindowTime } from '../expr/window-time.ts'
import { resolveGenerator } from '../expr/resolve-generator.ts'
import { resolveAggregate } from '../expr/resolve-aggregate.ts'
import { type AggregateNode, type GenerateNode, isStreaming, type JoinNode, type LogicalPlan, type ScoreNode, type UnionNode } from './logical-plan.ts'
import { variantFields } from './score-variants.ts'

const known = new WeakMap<LogicalPlan, Schema>()

/**
 * The columns that a plan gives. Typing a node checks it: names, types, arguments.
 * @throws AnalysisError
 */
export function outputSchema(plan: LogicalPlan): Schema {
  let schema = known.get(plan)
  if (schema === undefined) {
    schema = derive(plan)
    known.set(plan, schema)
  }
  return schema
}

function derive(plan: LogicalPlan): Schema {
  switch (plan.kind) {
    case 'scan':
      return plan.schema
    case 'project': {
      const input = outputSchema(plan.input)
      return makeSchema(plan.columns.map(({ name, expr }) => namedField(name, expr, input, 'select()')))
    }
    case 'filter': {
      const input = outputSchema(plan.input)
      resolveCondition(plan.condition, input, 'where()')
      return input
    }
    case 'generate':
      return generateSchema(plan)
    case 'watermark': {
      const input = outputSchema(plan.input)
      const index = requireField(input, plan.column, 'withWatermark()')
      const type = input.fields[index].type
      if (type.kind !== 'timestamp' && !isWindowType(type)) throw watermarkType(plan.column, type)
      if (plan.delayMicros < 0) throw negativeDelay(plan.delayMicros)
      return input
    }
    case 'aggregate':
      return aggregateSchema(plan)
    case 'union':
      return unionSchema(plan)
    case 'join':
      return joinSchema(plan)
    case 'score':
      return scoreSchema(plan)
    default:
      return assertNever(plan, 'plan node')
  }
}

function namedField(name: string, expr: Expr, input: Schema, where: string): Field {
  const resolved = resolve(expr, input, where)
  return field(name, resolved.type, resolved.nullable)
}

/** The field that a grouping key gives; a window key is a struct of start and end. */
export function keyField(name: string, expr: Expr, input: Schema): Field {
  if (expr.kind !== 'window') return namedField(name, expr, input, 'groupBy()')
  resolveWindowTime(expr.input, input)
  return field(name, windowType, false)
}

function aggregateSchema(plan: AggregateNode): Schema {
  const input = outputSchema(plan.input)
  const keys = plan.keys.map(({ name, expr }) => keyField(name, expr, input))
  if (plan.keys.filter(k => k.expr.kind === 'window').length > 1) throw twoWindows('groupBy()')
  const values = plan.aggregates.map(({ name, expr }) => {
    if ((expr as AggregateExpr).distinct && !isStreaming(plan)) throw distinctUnavailable((expr as AggregateExpr).name)
    const resolved = resolveAggregate(expr as AggregateExpr, input, 'agg()')
    return field(name, resolved.type, resolved.nullable)
  })
  return makeSchema([...keys, ...values])
}

function generateSchema(plan: GenerateNode): Schema {
  const input = outputSchema(plan.input)
  const { signature } = resolveGenerator(plan.generator, plan.args, input)
  return makeSchema([...input.fields, ...plan.names.map((name, i) => field(name, signature.fields[i].type, signature.fields[i].nullable))])
}

function unionSchema(plan: UnionNode): Schema {
  const schemas = plan.inputs.map(outputSchema)
  const first = schemas[0]
  for (const other of schemas) if (other.fields.length !== first.fields.length) throw unionColumns(first, other)
  return makeSchema(
    first.fields.map((f, i) => {
      let type: DataType = f.type
      for (const other of schemas) {
        const common = commonType(type, other.fields[i].type)
        if (common === undefined) throw unionTypes(f.name, type, other.fields[i].type)
        type = common
      }
      return field(f.name, type, schemas.some(s => s.fields[i].nullable))
    }),
  )
}

function joinSchema(plan: JoinNode): Schema {
  const left = outputSchema(plan.left)
  const right = outputSchema(plan.right)
  for (const key of plan.keys) {
    const l = resolve(key.left, left, 'join()')
    const r = resolve(key.right, right, 'join()')
    if (commonType(l.type, r.type) === undefined) throw joinTypes(l.type, r.type)
  }
  if (plan.how === 'leftSemi' || plan.how === 'leftAnti') return left
  const leftNull = plan.how === 'right' || plan.how === 'full'
  const rightNull = plan.how === 'left' || plan.how === 'full'
  const kept = right.fields.filter(f => !plan.dropRight.includes(f.name))
  const all = [
    ...left.fields.map(f => (leftNull ? field(f.name, f.type, true) : f)),
    ...kept.map(f => (rightNull ? field(f.name, f.type, true) : f)),
  ]
  const seen = new Set<string>()
  for (const f of all) {
    if (seen.has(f.name)) throw ambiguous(f.name)
    seen.add(f.name)
  }
  const schema = makeSchema(all)
  if (plan.condition !== null) resolveCondition(plan.condition, schema, 'join()')
  return schema
}

function scoreSchema(plan: ScoreNode): Schema {
  const input = outputSchema(plan.input)
  return makeSchema([...input.fields, ...variantFields(plan, input)])
}

function watermarkType(column: string, type: DataType): MillraceError {
  return makeError('PLAN_WATERMARK_NOT_TIMESTAMP', `withWatermark() uses column "${column}", a ${typeName(type)}; event time must be a timestamp. Convert it first, for example with toTimestamp().`, {
    context: { column, type: typeName(type) },
  })
}

function negativeDelay(delayMicros: number): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `The watermark delay is ${durationText(delayMicros)}, and must not be negative: a watermark behind the newest time is what lets late rows in. Use "0 seconds" for none.`, {
    context: { option: 'delay', delayMicros },
  })
}

function distinctUnavailable(name: string): MillraceError {
  return makeError('PLAN_UNSUPPORTED_OPERATOR', `agg() calls ${name}(distinct …), which is not available yet. Group by the column first and aggregate the groups, or use approx_count_distinct().`, {
    context: { operator: `${name}(distinct)` },
  })
}

/** More than one would give a row for each pair of windows. */
export function twoWindows(where: string): MillraceError {
  return makeError('PLAN_TWO_WINDOWS', `${where} has more than one window(). Keep one of them, and use the other in a further step.`, { context: { where } })
}

function unionColumns(a: Schema, b: Schema): MillraceError {
  return makeError('PLAN_UNION_MISMATCH', `union() joins ${a.fields.length} columns with ${b.fields.length}. Select the same columns, in the same order, on both sides.`, {
    context: { left: a.fields.map(f => f.name), right: b.fields.map(f => f.name) },
  })
}

function unionTypes(name: string, a: DataType, b: DataType): MillraceError {
  return makeError('PLAN_UNION_TYPE_MISMATCH', `union() joins column "${name}" of type ${typeName(a)} with ${typeName(b)}. Cast one of them.`, {
    context: { name, types: [typeName(a), typeName(b)] },
  })
}

function joinTypes(a: DataType, b: DataType): MillraceError {
  return makeError('PLAN_TYPE_MISMATCH', `join() compares ${typeName(a)} with ${typeName(b)}. Cast one of them.`, {
    context: { types: [typeName(a), typeName(b)] },
    spark: 'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES',
  })
}

function ambiguous(name: string): MillraceError {
  return makeError('PLAN_AMBIGUOUS_COLUMN', `Both sides of join() have a column "${name}". Rename one of them first, or join on it by name.`, { context: { name } })
}
