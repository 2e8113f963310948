import { arrayType, booleanType, float64Type, stringType } from '../../columnar/data-type.ts'
import { fieldIndex, type Schema } from '../../columnar/schema.ts'
import type { Duration } from '../../common/duration.ts'
import type { Json } from '../../common/json.ts'
import { findAggregate } from '../../expr/aggregates/index.ts'
import { makeColumn } from '../../expr/column.ts'
import type { AggregateExpr, Expr, LiteralExpr } from '../../expr/expr.ts'
import { findFunction } from '../../expr/functions/index.ts'
import { findGenerator } from '../../expr/generators.ts'
import { makeLiteral } from '../../expr/literal.ts'
import { resolve } from '../../expr/resolve.ts'
import { window } from '../../expr/window.ts'
import { hasSparkType, parseSparkType } from './spark-types.ts'
import { type Tree, UnsupportedFeature } from './vector.ts'
import { literalJson } from './values.ts'

/** Names that are types when they are called: `int(x)` is a cast. */
const castNames = new Set([
  'boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal', 'string', 'binary', 'date', 'timestamp',
])

/**
 * A tree of a vector as our expression, over the columns of `schema`. Nothing is checked here but what needs a
 * decision of how to write it: names, types and arguments are the analyser's to refuse.
 * @throws UnsupportedFeature for types without a counterpart and forms that our expressions do not have
 */
export function exprOf(tree: Tree, schema: Schema): Expr {
  if ('lit' in tree) return literalOf(tree)
  if ('col' in tree) return columnOf(tree['col'] as string, schema)
  if ('call' in tree) return callOf(tree, schema)
  if ('cast' in tree) {
    return { kind: 'cast', input: exprOf(tree['cast'] as Tree, schema), to: parseSparkType(tree['to'] as string), mode: tree['mode'] === 'try' ? 'try' : 'ansi' }
  }
  if ('case' in tree) {
    const branches = (tree['case'] as unknown as readonly (readonly [Tree, Tree])[]).map(([when, then]) => ({ when: exprOf(when, schema), then: exprOf(then, schema) }))
    const otherwise = (tree['else'] ?? null) as Tree | null
    return { kind: 'case', branches, otherwise: otherwise === null ? null : exprOf(otherwise, schema) }
  }
  if ('at' in tree) return accessOf(exprOf(tree['at'] as Tree, schema), tree['key'] as Tree, schema)
  throw new UnsupportedFeature(`expression ${Object.keys(tree).join(' ')}`)
}

/** Like {@link exprOf}, for the columns of an aggregation: a call that nobody knows is an aggregate that nobody knows. */
export function aggregateExprOf(tree: Tree, schema: Schema): Expr {
  const name = tree['call']
  if (typeof name !== 'string' || findFunction(name) !== undefined || castNames.has(name)) return exprOf(tree, schema)
  return aggregateOf(tree, schema)
}

function literalOf(tree: Tree): LiteralExpr {
  const type = parseSparkType(tree['type'] as string)
  return makeLiteral(literalJson(tree['lit'] as Json, type), type)
}

/** `a.b.c`: a column of that name, or a field of a field of a column. */
function columnOf(path: string, schema: Schema): Expr {
  if (fieldIndex(schema, path) >= 0 || !path.includes('.')) return { kind: 'column', name: path }
  const [first, ...rest] = path.split('.')
  return rest.reduce<Expr>((input, name) => accessOf(input, { lit: name, type: 'string' }, schema), { kind: 'column', name: first })
}

/** `x.name` and `x[key]`. */
function accessOf(input: Expr, key: Tree, schema: Schema): Expr {
  const name = key['lit']
  const isStruct = typeof name === 'string' && (input.kind === 'window' || resolve(input, schema, 'select()').type.kind === 'struct')
  if (isStruct) return { kind: 'field', input, name }
  return { kind: 'call', name: 'element', args: [input, exprOf(key, schema)] }
}

function callOf(tree: Tree, schema: Schema): Expr {
  const name = tree['call'] as string
  const args = tree['args'] as readonly Tree[]
  if (args.some(a => 'lambda' in a)) throw new UnsupportedFeature(findFunction(name) === undefined ? `function ${name}()` : `function ${name}() with a lambda`)
  if (name === 'window') return windowOf(args, schema)
  if (name === 'session_window') throw new UnsupportedFeature('operator session_window')
  if (castNames.has(name) && args.length === 1 && findFunction(name) === undefined) {
    return { kind: 'cast', input: exprOf(args[0], schema), to: parseSparkType(name), mode: 'ansi' }
  }
  const isRowFunction = findFunction(name) !== undefined || findGenerator(name) !== undefined
  if (!isRowFunction && findAggregate(name) !== undefined) return aggregateOf(tree, schema)
  const unit = tree['unit'] === undefined ? [] : [makeLiteral(tree['unit'] as string, stringType)]
  return { kind: 'call', name, args: [...unit, ...args.map(a => exprOf(a, schema))] }
}

function windowOf(args: readonly Tree[], schema: Schema): Expr {
  const [time, size, slide, start] = args
  const text = (tree: Tree): Duration => tree['lit'] as Duration
  const key = window(makeColumn(exprOf(time, schema)) as never, text(size), {
    ...(slide === undefined ? {} : { slide: text(slide) }),
    ...(start === undefined ? {} : { start: text(start) }),
  })
  return (key as unknown as { readonly expr: Expr }).expr
}

function aggregateOf(tree: Tree, schema: Schema): AggregateExpr {
  const name = tree['call'] as string
  const given = (tree['args'] as readonly Tree[]).filter(a => !('star' in a))
  const within = tree['withinGroup'] as readonly { readonly expr: Tree; readonly desc?: boolean }[] | undefined
  // percentile_cont(p) within group (order by x) is percentile_cont(x, p) with us.
  if (within !== undefined && (within[0].desc === true || !name.startsWith('percentile_'))) throw new UnsupportedFeature(`${name}() within group`)
  const ordered = within === undefined ? given : [within[0].expr, ...given]
  return Object.freeze({
    kind: 'aggregate',
    name,
    args: ordered.map((a, i) => (i === 0 ? exprOf(a, schema) : parameterOf(a, schema))),
    filter: tree['filter'] === undefined ? null : exprOf(tree['filter'] as Tree, schema),
    distinct: tree['distinct'] === true,
    ignoreNulls: tree['ignoreNulls'] === true,
  })
}

/** Parameters of aggregates (percentages, error bounds) are written as decimals; a program of ours writes numbers. */
function parameterOf(tree: Tree, schema: Schema): Expr {
  const number = decimalLiteral(tree)
  if (number !== undefined) return makeLiteral(number, float64Type)
  if (tree['call'] === 'array') {
    const items = (tree['args'] as readonly Tree[]).map(decimalLiteral)
    if (items.length > 0 && items.every(i => i !== undefined)) return makeLiteral(items, arrayType(float64Type))
  }
  return exprOf(tree, schema)
}

function decimalLiteral(tree: Tree): number | undefined {
  return 'lit' in tree && (tree['type'] as string).startsWith('decimal') && !hasSparkType(tree['type'] as string) ? Number(tree['lit']) : undefined
}

/** True, as a condition that keeps every row. */
export const always: LiteralExpr = makeLiteral(true, booleanType)
