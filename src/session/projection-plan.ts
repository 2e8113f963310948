import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import type { CallExpr, Expr } from '../expr/expr.ts'
import { resolveGenerator } from '../expr/resolve-generator.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { NamedResult } from './callbacks.ts'
import { column } from './names.ts'

/** A column of a projection: an expression, or one of the columns that a generator makes. */
export type Projected = NamedExpr & {
  /** Which column of the generator `expr` it is: by position, or by the generator's name for it. */
  readonly field?: number | string
}

/** A result of a callback as a column of a projection. */
export function projected({ name, value }: NamedResult): Projected {
  return value.kind === 'generated' ? { name, expr: value.expr, field: (value as unknown as { readonly field: number | string }).field } : { name, expr: value.expr }
}

/**
 * A projection, with a generator among its columns taken out first: `select({ item: explode(items) })` becomes a
 * generate node below the projection. One generator at most.
 * @throws AnalysisError PLAN_GENERATOR_MISPLACED, PLAN_UNKNOWN_FIELD
 */
export function projectionPlan(input: LogicalPlan, columns: readonly Projected[], where: string): LogicalPlan {
  const generators = new Set(columns.filter(c => c.field !== undefined).map(c => c.expr as CallExpr))
  if (generators.size === 0) return Object.freeze({ kind: 'project', input, columns: Object.freeze([...columns]) })
  if (generators.size > 1) throw twoGenerators(where, [...generators])
  const [call] = generators
  const schema = outputSchema(input)
  const { signature } = resolveGenerator(call.name, call.args, schema)
  const fields = signature.fields.map(f => f.name)
  const names = fields.map(name => unused(name, schema.fields.map(f => f.name)))
  const generate: LogicalPlan = Object.freeze({ kind: 'generate', input, generator: call.name, args: call.args, names: Object.freeze(names) })
  const above = columns.map((c): NamedExpr => (c.field === undefined ? { name: c.name, expr: c.expr } : { name: c.name, expr: generated(c.field, fields, names, call.name) }))
  return Object.freeze({ kind: 'project', input: generate, columns: Object.freeze(above) })
}

/** Names for the generator's columns that hide none of the row's. */
function unused(name: string, taken: readonly string[]): string {
  let free = name
  while (taken.includes(free)) free = `${free}_`
  return free
}

function generated(wanted: number | string, fields: readonly string[], names: readonly string[], generator: string): Expr {
  const index = typeof wanted === 'number' ? wanted : fields.indexOf(wanted)
  if (index < 0 || index >= names.length) {
    throw makeError('PLAN_UNKNOWN_FIELD', `${generator}() has no column ${typeof wanted === 'number' ? `number ${wanted + 1}` : `"${wanted}"`}, only ${quoteList(fields)}.${didYouMean(String(wanted), fields)}`, {
      context: { name: wanted, candidates: fields },
    })
  }
  return column(names[index])
}

function twoGenerators(where: string, generators: readonly CallExpr[]): Error {
  return makeError('PLAN_GENERATOR_MISPLACED', `${where} has more than one generator (${generators.map(g => `${g.name}()`).join(', ')}). Use one, and the other in a further select().`, {
    context: { where },
    spark: 'UNSUPPORTED_GENERATOR.MULTI_GENERATOR',
  })
}
