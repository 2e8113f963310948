import { makeError } from '../common/errors.ts'
import type { CallExpr, Expr } from './expr.ts'

/**
 * `a.gt(1) && b.gt(2)` type-checks and keeps only the second condition. Since a callback runs once, every condition made
 * in it can be compared with what it returns.
 */
let recording: Expr[] | null = null

/** Functions whose result is a condition. */
const conditions = new Set([
  '=', '<>', '<', '<=', '>', '>=', '<=>', 'in', 'and', 'or', 'not', 'isnull', 'isnotnull', 'isnan', 'between', 'like', 'ilike', 'rlike', 'contains',
  'startswith', 'endswith', 'array_contains', 'arrays_overlap', 'luhn_check', 'is_valid_utf8',
])

/** Notes a condition while a callback runs; other calls are not noted. */
export function recordCondition(expr: CallExpr): void {
  if (recording !== null && conditions.has(expr.name)) recording.push(expr)
}

/**
 * Runs a user's callback and checks that no condition made in it is lost.
 * @throws AnalysisError PLAN_DROPPED_CONDITION
 */
export function recordingConditions<T>(where: string, callback: () => T, exprsOf: (result: T) => readonly Expr[]): T {
  const outer = recording
  const made: Expr[] = []
  recording = made
  let result: T
  try {
    result = callback()
  } finally {
    recording = outer
  }
  const used = new Set<unknown>()
  for (const expr of exprsOf(result)) mark(expr, used)
  const lost = made.find(e => !used.has(e))
  if (lost !== undefined) {
    throw makeError('PLAN_DROPPED_CONDITION', `The callback of ${where} makes a condition (${describe(lost)}) that is not part of what it returns. Join conditions with .and() and .or(); && and || of JavaScript keep only one side.`, {
      context: { where, condition: describe(lost) },
    })
  }
  return result
}

function mark(node: unknown, used: Set<unknown>): void {
  if (typeof node !== 'object' || node === null || used.has(node)) return
  used.add(node)
  for (const child of Object.values(node)) mark(child, used)
}

function describe(expr: Expr): string {
  if (expr.kind !== 'call') return expr.kind
  const args = expr.args.map(a => (a.kind === 'column' ? a.name : a.kind === 'literal' ? JSON.stringify(a.value) : '…'))
  return args.length === 2 ? `${args[0]} ${expr.name} ${args[1]}` : `${expr.name}(${args.join(', ')})`
}
