import { readFileSync } from 'node:fs'
import { isMillraceError } from '../../src/common/errors.ts'
import type { Json } from '../../src/common/json.ts'
import { clearBit, newBitmap } from '../../src/columnar/bitmap.ts'
import { VectorBuilder } from '../../src/columnar/builder.ts'
import {
  arrayType, binaryType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, nullType, stringType, structType,
  timestampType, typeName,
} from '../../src/columnar/data-type.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { slice } from '../../src/columnar/take.ts'
import { dictionaryVector, isNullAt, type Vector, withValidity } from '../../src/columnar/vector.ts'
import { castKernel } from '../../src/expr/cast.ts'
import { compile, rowsOfBatch } from '../../src/expr/evaluate.ts'
import type { Expr, LiteralExpr } from '../../src/expr/expr.ts'
import type { EvalContext } from '../../src/expr/function-table.ts'
import { appendLiteral, makeLiteral } from '../../src/expr/literal.ts'
import { resolve } from '../../src/expr/resolve.ts'

/**
 * Runs recorded expression vectors: a tree of calls over literals and what it must give. Every vector is evaluated
 * as literals, and with its literals moved into columns of a batch that has null rows between, in several layouts.
 */
export interface ExpressionVector {
  readonly id: string
  readonly title: string
  readonly sql: string
  readonly expr?: Json
  readonly expect: { readonly type: string; readonly value: Json } | { readonly error: { readonly condition: string } }
  readonly sessionTimeZone?: string
}

export type Outcome =
  | { readonly status: 'pass' }
  | { readonly status: 'unsupported'; readonly reason: string }
  | { readonly status: 'fail'; readonly reason: string }

export function loadVectors(family: string): readonly ExpressionVector[] {
  const text = readFileSync(new URL(`../vectors/data/${family}.jsonl`, import.meta.url), 'utf8')
  return text.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as ExpressionVector)
}

/** A type, a function or a form of expression that this version does not have. */
class Unsupported extends Error {}

/** Functions whose last digits depend on the mathematics library. */
const inexact = new Set([
  'exp', 'expm1', 'pow', 'power', 'ln', 'log', 'log2', 'log10', 'log1p', 'sin', 'cos', 'tan', 'cot', 'sec', 'csc', 'asin', 'acos', 'atan', 'atan2',
  'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot', 'degrees', 'radians',
])
/** Functions whose text arguments name something and must be literals. */
const takesNames = new Set(['named_struct', 'extract', 'date_part', 'datepart', 'timestampadd', 'timestampdiff'])
/** Functions that raise on a null: their vectors get no null rows. */
const raisesOnNull = new Set(['assert_true', 'raise_error'])

const simpleTypes: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ['int', int32Type], ['bigint', int64Type], ['double', float64Type], ['string', stringType], ['boolean', booleanType], ['date', dateType],
  ['timestamp', timestampType], ['binary', binaryType], ['void', nullType],
])

/** A type in Spark's words. */
export function parseSparkType(text: string): DataType {
  const name = text.trim()
  const simple = simpleTypes.get(name)
  if (simple !== undefined) return simple
  if (name.startsWith('array<')) return arrayType(parseSparkType(name.slice(6, -1)))
  if (name.startsWith('struct<')) {
    return structType(splitTop(name.slice(7, -1)).map(part => {
      const colon = part.indexOf(':')
      return field(part.slice(0, colon).trim(), parseSparkType(part.slice(colon + 1)))
    }))
  }
  throw new Unsupported(`type ${name}`)
}

function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '<' || text[i] === '(') depth++
    else if (text[i] === '>' || text[i] === ')') depth--
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  if (text.trim() !== '') parts.push(text.slice(start))
  return parts
}

type Tree = { readonly [key: string]: Json }

/** A vector's tree as our expression. */
export function exprOf(json: Json): Expr {
  const tree = json as Tree
  if ('lit' in tree) {
    const type = parseSparkType(tree['type'] as string)
    return makeLiteral(literalJson(tree['lit'], type), type)
  }
  if ('call' in tree) {
    if (tree['distinct'] === true || 'filter' in tree) throw new Unsupported('aggregate call')
    const unit = 'unit' in tree ? [makeLiteral(tree['unit'], stringType)] : []
    return { kind: 'call', name: tree['call'] as string, args: [...unit, ...(tree['args'] as readonly Json[]).map(exprOf)] }
  }
  if ('cast' in tree) {
    return { kind: 'cast', input: exprOf(tree['cast']), to: parseSparkType(tree['to'] as string), mode: tree['mode'] === 'try' ? 'try' : 'ansi' }
  }
  if ('case' in tree) {
    const branches = (tree['case'] as readonly (readonly [Json, Json])[]).map(([when, then]) => ({ when: exprOf(when), then: exprOf(then) }))
    const otherwise = tree['else'] ?? null
    return { kind: 'case', branches, otherwise: otherwise === null ? null : exprOf(otherwise) }
  }
  if ('at' in tree) {
    const key = exprOf(tree['key'])
    if (key.kind === 'literal' && key.type.kind === 'string') return { kind: 'field', input: exprOf(tree['at']), name: String(key.value) }
    return { kind: 'call', name: '[]', args: [exprOf(tree['at']), key] }
  }
  throw new Unsupported(`expression ${Object.keys(tree).join(', ')}`)
}

/** A vector's literal value in the form that our literals have. */
function literalJson(value: Json, type: DataType): Json {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return String(value)
    case 'date':
      return Math.round(Date.parse(`${String(value)}T00:00:00Z`) / 86_400_000)
    case 'timestamp': {
      const [whole, fraction = ''] = String(value).replace('Z', '').split('.')
      return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
    }
    default:
      return value
  }
}

export function runVector(vector: ExpressionVector): Outcome {
  try {
    if (vector.expr === undefined) throw new Unsupported('no expression tree')
    if ('type' in vector.expect) parseSparkType(vector.expect.type)
    const expr = exprOf(vector.expr)
    const context: EvalContext = { nowMicros: 1_700_000_000_000_000, timeZone: vector.sessionTimeZone ?? 'UTC', seed: 7, firstRow: 0 }
    const tolerance = callsAny(expr, inexact) ? 1e-12 : 0
    const reason = check(vector, tolerance, () => evaluate(expr, [], 1, context, [0]), 'as literals') ??
      layouts.map(layout => check(vector, tolerance, () => evaluateInColumns(expr, context, layout), `in ${layout} columns`)).find(r => r !== null) ?? null
    return reason === null ? { status: 'pass' } : { status: 'fail', reason }
  } catch (error) {
    if (error instanceof Unsupported) return { status: 'unsupported', reason: error.message }
    throw error
  }
}

interface Evaluated {
  readonly type: DataType
  readonly values: readonly Json[]
}

/** Null when the vector's expectation is met, else what was found instead. */
function check(vector: ExpressionVector, tolerance: number, run: () => Evaluated, how: string): string | null {
  const { expect } = vector
  let found: Evaluated
  try {
    found = run()
  } catch (error) {
    if (!isMillraceError(error)) throw error
    if ('error' in expect && error.sparkCondition === expect.error.condition) return null
    if (error.code === 'PLAN_UNKNOWN_FUNCTION' || missesTimeCast(error.context)) throw new Unsupported(error.message)
    return `${how}: ${error.code} (${error.sparkCondition}): ${error.message}`
  }
  if ('error' in expect) return `${how}: ${JSON.stringify(found.values)} where ${expect.error.condition} is expected`
  const wanted = expect.type.replaceAll(' ', '')
  if (typeName(found.type) !== wanted) return `${how}: type ${typeName(found.type)} where ${wanted} is expected`
  for (const value of found.values) {
    if (!sameValue(value, expect.value, tolerance)) return `${how}: ${JSON.stringify(value)} where ${JSON.stringify(expect.value)} is expected`
  }
  return null
}

/** Casts of dates and timestamps that are not in this build. */
function missesTimeCast(context: { readonly [key: string]: unknown }): boolean {
  return ['date', 'timestamp'].some(name => context['from'] === name || context['to'] === name) && castKernel(stringType, dateType, 'ansi') === undefined
}

function evaluate(expr: Expr, columns: readonly Vector[], length: number, context: EvalContext, rows: readonly number[]): Evaluated {
  const schema = makeSchema(columns.map((c, k) => field(`c${k}`, c.type)))
  const resolved = resolve(expr, schema, 'select()')
  const result = compile(resolved)(rowsOfBatch(new RecordBatch(schema, length, columns)), context)
  if (result.length !== length) throw new Error(`a result of ${result.length} rows for a batch of ${length}`)
  if (!resolved.nullable) {
    for (let i = 0; i < length; i++) if (isNullAt(result, i)) throw new Error(`${typeName(resolved.type)} result is null although it is declared never null`)
  }
  return { type: resolved.type, values: rows.map(i => jsonAt(result, i)) }
}

/** How the columns of a vector's batch lie in memory. */
type Layout = 'plain' | 'sliced' | 'dictionary'
const layouts: readonly Layout[] = ['plain', 'sliced', 'dictionary']
const batchRows = 7
const nullRows = [0, 2, 5]
const presentRows = [1, 3, 4, 6]

/** Each literal becomes a column of a batch whose rows 0, 2 and 5 are null; every other row holds the literal. */
function evaluateInColumns(expr: Expr, context: EvalContext, layout: Layout): Evaluated {
  const withNulls = !callsAny(expr, raisesOnNull)
  const columns: Vector[] = []
  const moved = mapLiterals(expr, literal => {
    if (literal.type.kind === 'null' || literal.value === null) return literal
    const present = newBitmap(batchRows, true)
    if (withNulls) for (const i of nullRows) clearBit(present, i)
    // The slots under the nulls keep a value, so that a kernel which forgets to look shows itself.
    columns.push(withValidity(repeated(literal, layout), withNulls ? present : null))
    return { kind: 'column', name: `c${columns.length - 1}` }
  })
  return evaluate(moved, columns, batchRows, context, presentRows)
}

function repeated(literal: LiteralExpr, layout: Layout): Vector {
  const skipped = layout === 'sliced' ? 8 : 0
  if (layout === 'dictionary' && literal.type.kind === 'string') {
    const entries = new VectorBuilder(literal.type, 2)
    entries.appendString('another entry, in use by no row')
    appendLiteral(entries, literal.value)
    return dictionaryVector(new Int32Array(batchRows).fill(1), entries.finish(), batchRows)
  }
  const builder = new VectorBuilder(literal.type, 8)
  for (let i = 0; i < skipped + batchRows; i++) appendLiteral(builder, literal.value)
  return slice(builder.finish(), skipped, skipped + batchRows)
}

function mapLiterals(expr: Expr, f: (literal: LiteralExpr) => Expr): Expr {
  switch (expr.kind) {
    case 'literal':
      return f(expr)
    case 'call': {
      const isName = (a: Expr): boolean => takesNames.has(expr.name) && a.kind === 'literal' && a.type.kind === 'string'
      return { ...expr, args: expr.args.map(a => (isName(a) ? a : mapLiterals(a, f))) }
    }
    case 'cast':
      return { ...expr, input: mapLiterals(expr.input, f) }
    case 'field':
      return { ...expr, input: mapLiterals(expr.input, f) }
    case 'case':
      return {
        kind: 'case',
        branches: expr.branches.map(b => ({ when: mapLiterals(b.when, f), then: mapLiterals(b.then, f) })),
        otherwise: expr.otherwise === null ? null : mapLiterals(expr.otherwise, f),
      }
    default:
      return expr
  }
}

function callsAny(expr: Expr, names: ReadonlySet<string>): boolean {
  let found = false
  const visit = (e: Expr): void => {
    if (e.kind === 'call') {
      found ||= names.has(e.name)
      e.args.forEach(visit)
    } else if (e.kind === 'cast' || e.kind === 'field') visit(e.input)
    else if (e.kind === 'case') {
      for (const b of e.branches) {
        visit(b.when)
        visit(b.then)
      }
      if (e.otherwise !== null) visit(e.otherwise)
    }
  }
  visit(expr)
  return found
}

/** Row i in the form in which vectors write values. */
export function jsonAt(v: Vector, i: number): Json {
  if (isNullAt(v, i)) return null
  const type = v.type
  switch (type.kind) {
    case 'int64': {
      const value = (v.values as BigInt64Array)[i]
      return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    }
    case 'float64': {
      const value = (v.values as Float64Array)[i]
      return Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : value) : String(value)
    }
    case 'integer':
      return (v.values as Float64Array)[i]
    case 'date':
      return isoDay((v.values as Int32Array)[i])
    case 'timestamp': {
      const micros = (v.values as Float64Array)[i]
      const seconds = Math.floor(micros / 1e6)
      const days = Math.floor(seconds / 86_400)
      const time = new Date((seconds - days * 86_400) * 1000).toISOString().slice(11, 19)
      const fraction = String(micros - seconds * 1e6).padStart(6, '0')
      const shown = fraction === '000000' ? '' : fraction.endsWith('000') ? `.${fraction.slice(0, 3)}` : `.${fraction}`
      return `${isoDay(days)}T${time}${shown}Z`
    }
    case 'binary':
      return Buffer.from(valueAt(v, i) as Uint8Array).toString('hex')
    case 'array': {
      const offsets = v.offsets as Int32Array
      const items: Json[] = []
      for (let k = offsets[i]; k < offsets[i + 1]; k++) items.push(jsonAt(v.children[0], k))
      return items
    }
    case 'struct':
      return Object.fromEntries(type.fields.map((f, k) => [f.name, jsonAt(v.children[k], i)]))
    default:
      return valueAt(v, i) as Json
  }
}

/** Years beyond four digits have a sign, as ISO 8601 wants it. */
function isoDay(days: number): string {
  const iso = new Date(days * 86_400_000).toISOString()
  const text = iso.slice(0, iso.indexOf('T'))
  const [, sign, year, rest] = /^([+-]?)(\d+)(-.*)$/.exec(text) as unknown as [string, string, string, string]
  const short = year.replace(/^0+(?=\d{4})/, '')
  return `${sign === '+' && short.length <= 4 ? '' : sign}${short}${rest}`
}

function sameValue(found: Json, wanted: Json, tolerance: number): boolean {
  if (typeof found === 'number' && typeof wanted === 'number') {
    return found === wanted || Math.abs(found - wanted) <= tolerance * Math.max(Math.abs(found), Math.abs(wanted))
  }
  if (Array.isArray(found) && Array.isArray(wanted)) {
    const items: readonly Json[] = wanted
    return found.length === items.length && found.every((item, k) => sameValue(item as Json, items[k], tolerance))
  }
  if (found !== null && wanted !== null && typeof found === 'object' && typeof wanted === 'object') {
    const keys = Object.keys(wanted)
    return Object.keys(found).length === keys.length && keys.every(k => sameValue((found as Tree)[k], (wanted as Tree)[k], tolerance))
  }
  return found === wanted
}
