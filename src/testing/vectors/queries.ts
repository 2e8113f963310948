import { fieldIndex } from '../../columnar/schema.ts'
import { parseInterval } from '../../common/duration.ts'
import { makeError } from '../../common/errors.ts'
import type { Expr } from '../../expr/expr.ts'
import { operandsOf } from '../../expr/walk.ts'
import type { JoinKind, JoinNode, LogicalPlan, NamedExpr } from '../../plan/logical-plan.ts'
import { outputSchema } from '../../plan/output-schema.ts'
import { aggregateOf } from '../../session/aggregate-plan.ts'
import { projectionPlan } from '../../session/projection-plan.ts'
import { aggregateExprOf, exprOf } from './expressions.ts'
import { type QueryTree, type Tree, UnsupportedFeature } from './vector.ts'

/** Gives the plan of a source by its name: the same node each time. */
export type ScanOf = (name: string) => LogicalPlan

/**
 * A query of a vector as a plan.
 * @throws UnsupportedFeature naming an operator that we do not have, and whatever analysis raises
 */
export function planOf(query: QueryTree, scan: ScanOf): LogicalPlan {
  switch (query.op) {
    case 'source':
      return scan(query['name'] as string)
    case 'watermark':
      return watermarkPlan(query, planOf(query['input'] as unknown as QueryTree, scan))
    case 'select': {
      const input = planOf(query['input'] as unknown as QueryTree, scan)
      return projectionPlan(input, named(query['columns'], input, exprOf), 'select()')
    }
    case 'filter': {
      const input = planOf(query['input'] as unknown as QueryTree, scan)
      return Object.freeze({ kind: 'filter', input, condition: exprOf(query['condition'] as Tree, outputSchema(input)) })
    }
    case 'aggregate': {
      const input = planOf(query['input'] as unknown as QueryTree, scan)
      return aggregateOf(input, named(query['groupBy'], input, exprOf), named(query['aggregates'], input, aggregateExprOf), null)
    }
    case 'union':
      return Object.freeze({ kind: 'union', inputs: Object.freeze(inputsOf(query).map(q => planOf(q, scan))) })
    case 'join':
      return joinPlan(query, scan)
    default:
      throw new UnsupportedFeature(`operator ${query.op}`)
  }
}

/** Names of the sources, in order of first appearance, left to right. */
export function sourceNames(query: QueryTree): string[] {
  if (query.op === 'source') return [query['name'] as string]
  const inputs = [query['input'], query['left'], query['right'], ...((query['inputs'] as readonly QueryTree[] | undefined) ?? [])]
  return [...new Set(inputs.filter(q => q !== undefined).flatMap(q => sourceNames(q as unknown as QueryTree)))]
}

function inputsOf(query: QueryTree): readonly QueryTree[] {
  return (query['inputs'] as readonly QueryTree[] | undefined) ?? [query['left'] as unknown as QueryTree, query['right'] as unknown as QueryTree]
}

function named(columns: unknown, input: LogicalPlan, convert: typeof exprOf): NamedExpr[] {
  const schema = outputSchema(input)
  return ((columns ?? []) as readonly { readonly as: string; readonly expr: Tree }[]).map(c => ({ name: c.as, expr: convert(c.expr, schema) }))
}

/** A month of a delay counts as 31 days (semantics.md §1.8, rule 1); our own durations have none. */
function watermarkPlan(query: QueryTree, input: LogicalPlan): LogicalPlan {
  const text = query['delay'] as string
  const interval = parseInterval(text)
  if (interval === undefined) throw makeError('PLAN_INVALID_DURATION', `The watermark delay "${text}" is no length of time. Write a number and a unit, such as "10 minutes".`, { context: { text } })
  const delayMicros = interval.months * 31 * 86_400e6 + interval.micros
  return Object.freeze({ kind: 'watermark', input, column: query['column'] as string, delayMicros })
}

const joinKinds: { readonly [type: string]: JoinKind } = {
  inner: 'inner', left_outer: 'left', right_outer: 'right', full_outer: 'full', left_semi: 'leftSemi', left_anti: 'leftAnti', cross: 'cross',
}

function joinPlan(query: QueryTree, scan: ScanOf): LogicalPlan {
  const left = planOf(query['left'] as unknown as QueryTree, scan)
  const right = planOf(query['right'] as unknown as QueryTree, scan)
  const how = joinKinds[query['type'] as string]
  const both = { fields: [...outputSchema(left).fields, ...outputSchema(right).fields] }
  const condition = query['condition'] === undefined ? null : exprOf(query['condition'] as Tree, both)
  const keys: JoinNode['keys'][number][] = []
  let rest: Expr | null = null
  for (const part of condition === null ? [] : conjuncts(condition)) {
    const key = equality(part, left, right)
    if (key !== undefined) keys.push(key)
    else rest = rest === null ? part : { kind: 'call', name: 'and', args: [rest, part] }
  }
  return Object.freeze({ kind: 'join', left, right, how, keys: Object.freeze(keys), condition: rest, dropRight: Object.freeze([]) })
}

function conjuncts(expr: Expr): Expr[] {
  return expr.kind === 'call' && expr.name === 'and' ? expr.args.flatMap(conjuncts) : [expr]
}

/** `a = b` with a over one side and b over the other. */
function equality(expr: Expr, left: LogicalPlan, right: LogicalPlan): JoinNode['keys'][number] | undefined {
  if (expr.kind !== 'call' || expr.name !== '=' || expr.args.length !== 2) return undefined
  const [a, b] = expr.args
  if (isOver(a, left) && isOver(b, right)) return { left: a, right: b }
  if (isOver(b, left) && isOver(a, right)) return { left: b, right: a }
  return undefined
}

function isOver(expr: Expr, plan: LogicalPlan): boolean {
  const names = [...columnNames(expr)]
  return names.length > 0 && names.every(n => fieldIndex(outputSchema(plan), n) >= 0)
}

function* columnNames(expr: Expr): Iterable<string> {
  if (expr.kind === 'column') yield expr.name
  for (const operand of operandsOf(expr)) yield* columnNames(operand)
}
