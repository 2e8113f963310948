import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { int64Type } from '../columnar/data-type.ts'
import type { CallExpr, Expr, WindowExpr } from '../expr/expr.ts'
import { findGenerator } from '../expr/generators.ts'
import { makeLiteral } from '../expr/literal.ts'
import { resolve } from '../expr/resolve.ts'
import { resolveGenerator } from '../expr/resolve-generator.ts'
import { mapExpr } from '../expr/walk.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema, twoWindows } from '../plan/output-schema.ts'
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
 * A projection. What makes rows of one is taken out first: `select({ item: explode(items) })` becomes a generate node
 * below the projection, and so does a window(). A generator stands at the top of a column; several give every
 * combination, as in Spark, and there may be one window.
 * @throws AnalysisError PLAN_TWO_WINDOWS, PLAN_UNKNOWN_FIELD, PLAN_TYPE_MISMATCH and what else an expression is refused with
 */
export function projectionPlan(input: LogicalPlan, columns: readonly Projected[], where: string): LogicalPlan {
  const below = new Generators(input)
  const plain = withoutWindows(columns, below, where)
  const rows = plain.map(({ name, expr, field }): NamedExpr => {
    if (expr.kind !== 'call' || (field === undefined && findGenerator(expr.name) === undefined)) return { name, expr }
    return { name, expr: below.field(expr, field ?? 0) }
  })
  // Resolved here for the name of the verb in errors: the node itself does not know which one made it.
  const schema = outputSchema(below.plan)
  for (const { expr } of rows) resolve(expr, schema, where)
  return Object.freeze({ kind: 'project', input: below.plan, columns: Object.freeze(rows) })
}

/** Generate nodes under construction; one call that several columns refer to is one node. */
class Generators {
  plan: LogicalPlan
  readonly #made = new Map<CallExpr, { readonly fields: readonly string[]; readonly names: readonly string[] }>()

  constructor(input: LogicalPlan) {
    this.plan = input
  }

  /** The column of a generator by position or name. */
  field(call: CallExpr, wanted: number | string): Expr {
    const { fields, names } = this.#make(call)
    const index = typeof wanted === 'number' ? wanted : fields.indexOf(wanted)
    if (index < 0 || index >= names.length) throw noSuchField(call.name, wanted, fields)
    return column(names[index])
  }

  #make(call: CallExpr): { readonly fields: readonly string[]; readonly names: readonly string[] } {
    let made = this.#made.get(call)
    if (made === undefined) {
      const schema = outputSchema(this.plan)
      const fields = resolveGenerator(call.name, call.args, schema).signature.fields.map(f => f.name)
      const names = fields.map(name => unused(name, schema.fields.map(f => f.name)))
      this.plan = Object.freeze({ kind: 'generate', input: this.plan, generator: call.name, args: call.args, names: Object.freeze(names) })
      made = { fields, names }
      this.#made.set(call, made)
    }
    return made
  }
}

/** A name for a generator's column that hides none of the row's. */
function unused(name: string, taken: readonly string[]): string {
  let free = name
  while (taken.includes(free)) free = `${free}_`
  return free
}

function withoutWindows(columns: readonly Projected[], below: Generators, where: string): readonly Projected[] {
  const windows = new Map<string, WindowExpr>()
  for (const { expr } of columns) {
    mapExpr(expr, e => {
      if (e.kind === 'window') windows.set(JSON.stringify(e), e)
      return undefined
    })
  }
  if (windows.size === 0) return columns
  if (windows.size > 1) throw twoWindows(where)
  const [window] = windows.values()
  const lengths = [window.sizeMicros, window.slideMicros, window.startMicros].map(n => makeLiteral(String(n), int64Type))
  const made = below.field(Object.freeze({ kind: 'call', name: 'window', args: Object.freeze([window.input, ...lengths]) }), 0)
  return columns.map(c => ({ ...c, expr: mapExpr(c.expr, e => (e.kind === 'window' ? made : undefined)) }))
}

function noSuchField(generator: string, wanted: number | string, fields: readonly string[]): Error {
  const said = typeof wanted === 'number' ? `number ${wanted + 1}` : `"${wanted}"`
  return makeError('PLAN_UNKNOWN_FIELD', `${generator}() has no column ${said}, only ${quoteList(fields)}.${didYouMean(String(wanted), fields)}`, {
    context: { name: wanted, candidates: fields },
  })
}
