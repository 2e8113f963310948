import { assertNever } from '../common/assert.ts'
import { andValidity, getBit } from '../columnar/bitmap.ts'
import { concat } from '../columnar/concat.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { slice, take } from '../columnar/take.ts'
import { isNullAt, nullVector, type Vector, withValidity } from '../columnar/vector.ts'
import { atExpression } from './expression-text.ts'
import type { EvalContext } from './function-table.ts'
import { literalVector } from './literal.ts'
import type { ResolvedCall, ResolvedCase, ResolvedExpr } from './resolve.ts'

/** The columns that an expression reads: a batch, or some rows of one (gathered only when a column is asked for). */
export interface Rows {
  readonly length: number
  column(index: number): Vector
}

/** A resolved expression made ready: called once per batch, no decisions left. */
export type Evaluator = (rows: Rows, context: EvalContext) => Vector

export function rowsOfBatch(batch: RecordBatch): Rows {
  return { length: batch.numRows, column: index => batch.columns[index] }
}

/** The rows of `rows` named by `indices`. */
export function selectRows(rows: Rows, indices: Int32Array): Rows {
  const taken: (Vector | undefined)[] = []
  return {
    length: indices.length,
    column: index => (taken[index] ??= take(rows.column(index), indices)),
  }
}

export function compile(expr: ResolvedExpr): Evaluator {
  switch (expr.kind) {
    case 'column': {
      const { index } = expr
      return rows => rows.column(index)
    }
    case 'literal':
      return compileLiteral(expr)
    case 'field': {
      const input = compile(expr.input)
      const { index } = expr
      return (rows, context) => {
        const struct = input(rows, context)
        const child = struct.children[index]
        return struct.validity === null ? child : withValidity(child, andValidity(struct.validity, child.validity, rows.length))
      }
    }
    case 'cast': {
      const input = compile(expr.input)
      const { kernel } = expr
      const cast: Evaluator = (rows, context) => kernel(input(rows, context), rows.length, context)
      return kernel.safe === true ? cast : naming(expr, cast)
    }
    case 'case':
      return compileCase(expr)
    case 'call':
      return expr.entry.safe === true ? compileCall(expr) : naming(expr, compileCall(expr))
    default:
      return assertNever(expr, 'expression')
  }
}

/** The evaluator, with the expression named in what it raises. */
function naming(expr: ResolvedExpr, evaluate: Evaluator): Evaluator {
  return (rows, context) => {
    try {
      return evaluate(rows, context)
    } catch (error) {
      throw atExpression(error, expr)
    }
  }
}

/** Whether computing the expression on a row could raise. Safe ones are computed for all rows, without a selection. */
export function canFail(expr: ResolvedExpr): boolean {
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return false
    case 'field':
      return canFail(expr.input)
    case 'cast':
      return expr.kernel.safe !== true || canFail(expr.input)
    case 'case':
      return canFail(expr.otherwise) || expr.branches.some(b => canFail(b.when) || canFail(b.then))
    case 'call':
      return expr.entry.safe !== true || expr.args.some(canFail)
    default:
      return assertNever(expr, 'expression')
  }
}

function compileLiteral(expr: Extract<ResolvedExpr, { kind: 'literal' }>): Evaluator {
  // Kept and cut to size: a literal costs nothing per batch.
  let kept = literalVector(expr.value, expr.type, 1024)
  return rows => {
    if (rows.length > kept.length) kept = literalVector(expr.value, expr.type, Math.max(rows.length, kept.length * 2))
    return slice(kept, 0, rows.length)
  }
}

function compileCall(expr: ResolvedCall): Evaluator {
  const { entry, signature } = expr
  if (entry.name === 'and' || entry.name === 'or') return compileLogical(expr, entry.name)
  if (entry.name === 'coalesce') return compileCoalesce(expr)
  const args = expr.args.map(compile)
  const { kernel } = signature
  if (entry.nulls === 'own') {
    return (rows, context) => kernel(args.map(a => a(rows, context)), rows.length, null, context)
  }
  const order = args.map((_, k) => (entry.rightFirst === true ? args.length - 1 - k : k))
  return (rows, context) => {
    const vectors = new Array<Vector>(args.length)
    let validity: Uint8Array | null = null
    for (const k of order) {
      vectors[k] = whereValid(args[k], rows, validity, context)
      if (vectors[k].type.kind === 'null') return nullVector(signature.result, rows.length)
      validity = andValidity(validity, vectors[k].validity, rows.length)
    }
    return kernel(vectors, rows.length, validity, context)
  }
}

/**
 * An argument for the rows in which the arguments before it have no null: what it would raise for another row is hidden,
 * as a row at a time has it. Nearly always nothing is raised for any row, so all are computed first.
 */
function whereValid(arg: Evaluator, rows: Rows, validity: Uint8Array | null, context: EvalContext): Vector {
  if (validity === null) return arg(rows, context)
  try {
    return arg(rows, context)
  } catch (error) {
    const where = new Int32Array(rows.length).fill(-1)
    const present = new Int32Array(rows.length)
    let n = 0
    for (let i = 0; i < rows.length; i++) if (getBit(validity, i)) present[(where[i] = n++)] = i
    if (n === rows.length) throw error
    return take(arg(selectRows(rows, present.subarray(0, n)), context), where)
  }
}

/**
 * Three-valued AND and OR. Where the left side decides (false AND …, true OR …) the right side is not computed, so
 * that `x <> 0 and 1 / x > 2` does not raise; the order of a right side that cannot fail is left to the kernel.
 */
function compileLogical(expr: ResolvedCall, name: 'and' | 'or'): Evaluator {
  const [left, right] = expr.args.map(compile)
  const { kernel } = expr.signature
  if (!canFail(expr.args[1])) return (rows, context) => kernel([left(rows, context), right(rows, context)], rows.length, null, context)
  const deciding = name === 'or'
  return (rows, context) => {
    const l = left(rows, context)
    const open = new Int32Array(rows.length)
    let n = 0
    for (let i = 0; i < rows.length; i++) {
      const decided = !isNullAt(l, i) && getBit(l.values as Uint8Array, i) === deciding
      if (!decided) open[n++] = i
    }
    if (n === rows.length) return kernel([l, right(rows, context)], rows.length, null, context)
    const indices = open.subarray(0, n)
    const some = right(selectRows(rows, indices), context)
    return kernel([l, scatter(some, indices, rows.length, l)], rows.length, null, context)
  }
}

/** A boolean vector whose row indices[i] is row i of `some`; every other row is that of `rest`. */
function scatter(some: Vector, indices: Int32Array, length: number, rest: Vector): Vector {
  const where = new Int32Array(length)
  for (let i = 0; i < length; i++) where[i] = some.length + i
  for (let i = 0; i < indices.length; i++) where[indices[i]] = i
  return take(concat(some.type, [some, rest]), where)
}

/** The first branch whose condition is true; each branch is computed only for the rows that reach it. */
function compileCase(expr: ResolvedCase): Evaluator {
  const branches = expr.branches.map(b => ({ when: compile(b.when), then: compile(b.then) }))
  const otherwise = compile(expr.otherwise)
  const { type } = expr
  return (rows, context) => {
    let open: Int32Array | null = null
    const parts: Vector[] = []
    const where = new Int32Array(rows.length)
    let offset = 0
    const place = (indices: Int32Array | null, part: Vector): void => {
      parts.push(part)
      for (let i = 0; i < part.length; i++) where[indices === null ? i : indices[i]] = offset + i
      offset += part.length
    }
    for (const branch of branches) {
      const reached: Rows = open === null ? rows : selectRows(rows, open)
      const when = branch.when(reached, context)
      const yes = new Int32Array(reached.length)
      const no = new Int32Array(reached.length)
      let y = 0
      let n = 0
      for (let i = 0; i < reached.length; i++) {
        const row = open === null ? i : open[i]
        if (!isNullAt(when, i) && getBit(when.values as Uint8Array, i)) yes[y++] = row
        else no[n++] = row
      }
      if (y > 0) {
        const chosen = yes.subarray(0, y)
        place(chosen, branch.then(y === rows.length ? rows : selectRows(rows, chosen), context))
      }
      open = no.subarray(0, n)
      if (n === 0) break
    }
    if (open === null || open.length > 0) place(open, otherwise(open === null ? rows : selectRows(rows, open), context))
    if (parts.length === 0) return nullVector(type, 0)
    if (parts.length === 1 && open !== null && open.length === 0) return parts[0]
    return take(concat(type, parts), where)
  }
}

/** The first value that is not null; later arguments are computed only for the rows still null. */
function compileCoalesce(expr: ResolvedCall): Evaluator {
  const args = expr.args.map(compile)
  const { type } = expr
  return (rows, context) => {
    let result = args[0](rows, context)
    for (let k = 1; k < args.length; k++) {
      const open: number[] = []
      for (let i = 0; i < rows.length; i++) if (isNullAt(result, i)) open.push(i)
      if (open.length === 0) return result
      const indices = Int32Array.from(open)
      const part = args[k](open.length === rows.length ? rows : selectRows(rows, indices), context)
      if (open.length === rows.length) {
        result = part
        continue
      }
      const where = new Int32Array(rows.length)
      for (let i = 0; i < rows.length; i++) where[i] = i
      for (let i = 0; i < indices.length; i++) where[indices[i]] = rows.length + i
      result = take(concat(type, [result, part]), where)
    }
    return result
  }
}

/** Rows where a boolean vector is true. */
export function trueRows(condition: Vector, length: number): Int32Array {
  const indices = new Int32Array(length)
  const bits = condition.values as Uint8Array | null
  const { validity } = condition
  let n = 0
  if (bits === null) return indices.subarray(0, 0)
  for (let i = 0; i < length; i++) if (getBit(bits, i) && (validity === null || getBit(validity, i))) indices[n++] = i
  return indices.subarray(0, n)
}

