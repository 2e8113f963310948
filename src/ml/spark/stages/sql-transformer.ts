import { concat } from '../../../columnar/concat.ts'
import { type DataType, describeType, field, float64Type, integerType, sameType, stringType } from '../../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../../columnar/schema.ts'
import { nullVector, type Vector } from '../../../columnar/vector.ts'
import { messageOf } from '../../../common/errors.ts'
import { compile, type Evaluator, type Rows, selectRows, trueRows } from '../../../expr/evaluate.ts'
import { exprText } from '../../../expr/expression-text.ts'
import type { Expr } from '../../../expr/expr.ts'
import type { EvalContext } from '../../../expr/function-table.ts'
import { findFunction } from '../../../expr/functions/index.ts'
import { castTo, resolve, resolveCondition, type ResolvedExpr } from '../../../expr/resolve.ts'
import { wrongInputType } from '../../errors.ts'
import type { Batch } from '../batch.ts'
import { sparkUnsupported } from '../failures.ts'
import { Features } from '../features.ts'
import type { ColumnType, PlannedColumn } from '../planner.ts'
import { columnsIn } from '../sql/columns-in.ts'
import { parseStatement } from '../sql/parser.ts'
import type { StageContext } from '../stage.ts'

/** What does not depend on the row alone is refused, so that nothing of this is ever looked at. */
const context: EvalContext = { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 }

const unsteady = new Set(['rand', 'random', 'randn', 'uuid', 'shuffle', 'now', 'current_timestamp', 'current_date', 'curdate', 'current_timezone', 'unix_timestamp'])

/**
 * SQLTransformer: `SELECT … FROM __THIS__ WHERE …`, computed by the expressions of this engine. A row on which an
 * expression fails is refused. Types of columns from outside show when they are there; until then they are taken for
 * numbers, or for text where the expressions or later stages want it.
 */
export function sqlTransformer(stage: StageContext): void {
  const { params, planner } = stage
  const fail = (what: string): Error => sparkUnsupported(`an SQLTransformer with ${what}`, 'Compute these columns before the model, or write the statement without it.')
  const byLowerCase = new Map(planner.columns().map(c => [c.name.toLowerCase(), c.name]))
  const { items, where } = parseStatement(params.get('statement').text(), name => byLowerCase.get(name.toLowerCase()) ?? name, fail)
  planner.hasSql = true
  const left = new Map<string, PlannedColumn>()
  if (where !== null) planFilter(stage, where, fail)
  // Expressions read the columns as they were before, even where an alias takes the name of one.
  const computed = items.map(item => (item.kind === 'star' ? planner.columns() : [planItem(stage, item.name, item.expr, fail)]))
  for (const column of computed.flat()) left.set(column.name, column)
  planner.keepOnly(left)
}

type Fail = (what: string) => Error

function planFilter(stage: StageContext, where: Expr, fail: Fail): void {
  const condition = new Computation(stage, where, fail, resolveCondition)
  stage.planner.step({
    inputs: condition.inputs,
    outputs: [],
    drops: true,
    run(batch) {
      const rows = trueRows(condition.run(batch), batch.rows)
      for (let row = 0, k = 0; row < batch.rows; row++) {
        if (rows[k] === row) k++
        else batch.drop(row)
      }
    },
  })
}

function planItem(stage: StageContext, name: string, expr: Expr, fail: Fail): PlannedColumn {
  const { planner } = stage
  if (expr.kind === 'column') {
    const input = planner.use(expr.name)
    if (input.name === name) return input
    const type: ColumnType = input.type.kind === 'any' ? { kind: 'values', type: planner.isText(name) || planner.isText(input.name) ? stringType : float64Type } : input.type
    const output = planner.detached(name, type, input.attributes)
    planner.step({ inputs: [input], outputs: [output], run: batch => batch.set(output, inType(batch.cells(input), type, name)) })
    return output
  }
  const computation = new Computation(stage, expr, fail, resolve)
  const output = planner.detached(name, { kind: 'values', type: computation.type })
  planner.step({ inputs: computation.inputs, outputs: [output], run: batch => batch.set(output, computation.run(batch)) })
  return output
}

/** A column from outside under another name has the type that was promised, or is refused. */
function inType(cells: Vector | Features, type: ColumnType, name: string): Vector | Features {
  if (cells instanceof Features || type.kind !== 'values' || sameType(cells.type, type.type)) return cells
  if (cells.type.kind === 'null') return nullVector(type.type, cells.length)
  const resolved = castTo({ kind: 'column', index: 0, name, type: cells.type, nullable: true }, type.type, 'ansi', name)
  if (type.type.kind === 'float64' && cells.type.kind === 'string') throw wrongInputType(name, 'number', describeType(cells.type))
  return compile(resolved)({ length: cells.length, column: () => cells }, context)
}

type Resolve = (expr: Expr, schema: Schema, where: string) => ResolvedExpr

/** One expression of the statement, typed anew for every combination of types that its columns come in. */
class Computation {
  readonly inputs: readonly PlannedColumn[]
  readonly type: DataType
  readonly #expr: Expr
  readonly #resolve: Resolve
  readonly #stage: StageContext
  #compiled: { readonly key: string; readonly evaluate: Evaluator } | undefined

  constructor(stage: StageContext, expr: Expr, fail: Fail, resolver: Resolve) {
    this.#stage = stage
    this.#expr = expr
    this.#resolve = resolver
    const { names, calls } = columnsIn(expr)
    for (const name of calls) {
      if (findFunction(name) === undefined) throw fail(`the function ${name}()`)
      if (unsteady.has(name)) throw fail(`${name}(), which gives another value each time`)
    }
    this.inputs = names.map(name => stage.planner.use(name))
    const vector = this.inputs.find(c => c.type.kind === 'features')
    if (vector !== undefined) throw fail(`an expression over "${vector.name}", which holds vectors`)
    this.type = this.#guessType(fail)
  }

  /** The first combination of types for the columns from outside with which the expression has one. */
  #guessType(fail: Fail): DataType {
    const open = this.inputs.filter(c => c.type.kind === 'any')
    const texts = [stringType, float64Type, integerType]
    const numbers = [float64Type, stringType, integerType]
    let first: unknown
    for (let guess = 0; guess < 3 ** Math.min(open.length, 6); guess++) {
      const typeOf = (column: PlannedColumn): DataType => {
        if (column.type.kind === 'values') return column.type.type
        const choices = this.#stage.planner.isText(column.name) ? texts : numbers
        return choices[Math.floor(guess / 3 ** open.indexOf(column)) % 3]
      }
      try {
        const { type } = this.#resolved(this.inputs.map(typeOf))
        return type.kind === 'null' ? float64Type : type
      } catch (error) {
        first ??= error
      }
    }
    throw fail(`an expression that cannot be typed (${messageOf(first)})`)
  }

  #resolved(types: readonly DataType[]): ResolvedExpr {
    const schema = makeSchema(this.inputs.map((c, k) => field(c.name, types[k])))
    return this.#resolve(this.#expr, schema, 'the SQLTransformer')
  }

  run(batch: Batch): Vector {
    const vectors = this.inputs.map(c => batch.vector(c, 'value'))
    const types = vectors.map(v => v.type)
    const key = types.map(describeType).join()
    if (this.#compiled?.key !== key) this.#compiled = { key, evaluate: this.#compile(types) }
    const rows: Rows = { length: batch.rows, column: index => vectors[index] }
    return this.#evaluate(this.#compiled.evaluate, rows, 0, batch)
  }

  #compile(types: readonly DataType[]): Evaluator {
    try {
      return compile(castTo(this.#resolved(types), this.type, 'ansi', 'the SQLTransformer'))
    } catch (error) {
      const given = this.inputs.map((c, k) => `${c.name}: ${describeType(types[k])}`).join(', ')
      throw wrongInputType(this.inputs[0]?.name ?? '', `column of which ${exprText(this.#expr)} can be computed`, `given as ${given} (${messageOf(error)})`)
    }
  }

  /** All rows at once; where that fails, in halves, until the rows that fail are found. */
  #evaluate(evaluate: Evaluator, rows: Rows, first: number, batch: Batch): Vector {
    try {
      return evaluate(rows, context)
    } catch (error) {
      if (rows.length <= 1) {
        batch.refuse(first, () => `${this.#stage.name}: ${messageOf(error)}`)
        return nullVector(this.type, rows.length)
      }
      const middle = rows.length >> 1
      const part = (from: number, to: number): Vector => {
        const indices = Int32Array.from({ length: to - from }, (_, i) => from + i)
        return this.#evaluate(evaluate, selectRows(rows, indices), first + from, batch)
      }
      return concat(this.type, [part(0, middle), part(middle, rows.length)])
    }
  }
}
