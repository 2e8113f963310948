import type { Json } from '../../common/json.ts'
import type { Tree } from './vector.ts'

/** Relative tolerance for functions whose last digits depend on the order of additions or the mathematics library. */
export const looseTolerance = 1e-12

/** Calls whose results are compared with a tolerance. */
const inexact = new Set([
  'exp', 'expm1', 'pow', 'power', 'ln', 'log', 'log2', 'log10', 'log1p', 'sin', 'cos', 'tan', 'cot', 'sec', 'csc', 'asin', 'acos', 'atan', 'atan2',
  'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot', 'degrees', 'radians', 'sqrt',
  'sum', 'avg', 'mean', 'stddev', 'std', 'stddev_samp', 'stddev_pop', 'variance', 'var_samp', 'var_pop', 'corr', 'covar_samp', 'covar_pop', 'skewness',
  'kurtosis', 'product', 'try_sum', 'try_avg', 'median', 'percentile', 'percentile_cont',
])

/** The tolerance that the calls in a tree allow. */
export function toleranceOf(tree: Json | undefined): number {
  if (Array.isArray(tree)) return Math.max(0, ...tree.map(item => toleranceOf(item as Json)))
  if (tree === null || tree === undefined || typeof tree !== 'object') return 0
  const name = (tree as Tree)['call']
  if (typeof name === 'string' && (inexact.has(name) || name.startsWith('regr_'))) return looseTolerance
  return toleranceOf(Object.values(tree))
}

/** Numbers by value (within the relative tolerance), everything else exactly. */
export function sameValue(got: Json, expected: Json, tolerance: number): boolean {
  const a = numberOf(got)
  const b = numberOf(expected)
  if (a !== undefined && b !== undefined) return Object.is(a, b) || a === b || (isFinite(a - b) && Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b)))
  if (Array.isArray(got) && Array.isArray(expected)) {
    const items: readonly Json[] = expected
    return got.length === items.length && got.every((item, i) => sameValue(item as Json, items[i], tolerance))
  }
  if (isObject(got) && isObject(expected)) {
    const names = Object.keys(expected)
    return Object.keys(got).length === names.length && names.every(n => n in got && sameValue(got[n], expected[n], tolerance))
  }
  return got === expected
}

/** Whether two lists of rows are the same; without `ordered` in any order. */
export function sameRows(got: readonly Json[], expected: readonly Json[], tolerance: number, ordered = false): boolean {
  if (got.length !== expected.length) return false
  if (ordered) return got.every((row, i) => sameValue(row, expected[i], tolerance))
  const left = [...expected]
  for (const row of got) {
    const at = left.findIndex(e => sameValue(row, e, tolerance))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return true
}

/** JSON, cut to what fits a line. */
export function short(value: unknown, most = 160): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === undefined ? 'nothing' : text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/** Rows as a line, sorted by their text so that two lists can be compared by eye. */
export function shortRows(rows: readonly Json[]): string {
  return short(`[${rows.map(r => JSON.stringify(r)).sort().join(' ')}]`, 240)
}

/** Doubles may be written as text: the ones that JSON has no number for. */
function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' || value === '-0.0' ? Number(value) : undefined
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
