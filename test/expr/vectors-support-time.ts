import { sparkTypeText } from '../../src/testing/vectors/spark-types.ts'
import { readFileSync } from 'node:fs'
import { isMillraceError } from '../../src/common/errors.ts'
import type { Json } from '../../src/common/json.ts'
import { BatchBuilder } from '../../src/columnar/batch-builder.ts'
import { getBit } from '../../src/columnar/bitmap.ts'
import {
  arrayType, binaryType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, nullType, stringType, structType, timestampType,
} from '../../src/columnar/data-type.ts'
import { makeSchema, type Schema } from '../../src/columnar/schema.ts'
import { dateText, stringAt } from '../../src/columnar/values.ts'
import { isNullAt, type Vector } from '../../src/columnar/vector.ts'
import { compile, type Rows, rowsOfBatch } from '../../src/expr/evaluate.ts'
import type { Expr } from '../../src/expr/expr.ts'
import type { EvalContext } from '../../src/expr/function-table.ts'
import { findGenerator } from '../../src/expr/generators.ts'
import { appendLiteral, makeLiteral } from '../../src/expr/literal.ts'
import { argumentOf, castTo, resolve } from '../../src/expr/resolve.ts'

/** A vector of kind `expr`, as the files hold it. */
export interface ExprVector {
  readonly id: string
  readonly kind: string
  readonly sql: string
  readonly expr?: Json
  readonly sessionTimeZone?: string
  readonly expect: { readonly type?: string; readonly value?: Json; readonly values?: Json[]; readonly error?: { readonly condition: string | null } }
}

export function readVectors(name: string): ExprVector[] {
  const text = readFileSync(new URL(`../vectors/data/${name}.jsonl`, import.meta.url), 'utf8')
  return text.trim().split('\n').map(line => JSON.parse(line) as ExprVector)
}

export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'unsupported'; readonly what: string }
  | { readonly status: 'failed'; readonly why: string }

/** Raised while a vector is read: it needs a type or form that we do not have. */
class Unsupported extends Error {}

interface Node {
  readonly [key: string]: Json
}

/** Runs a vector with its literals as literals, then with every literal in a column of several rows, nulls between. */
export function runVector(vector: ExprVector): Outcome {
  if (vector.expr === undefined) return { status: 'unsupported', what: 'text without a tree' }
  const context: EvalContext = { nowMicros: 1_700_000_000_123_456, timeZone: vector.sessionTimeZone ?? 'UTC', seed: 1, firstRow: 0 }
  for (const inColumns of [false, true]) {
    const outcome = runOnce(vector, context, inColumns)
    if (outcome.status !== 'passed') return outcome.status === 'failed' && inColumns ? { status: 'failed', why: `in columns: ${outcome.why}` } : outcome
  }
  return { status: 'passed' }
}

function runOnce(vector: ExprVector, context: EvalContext, inColumns: boolean): Outcome {
  const { expect } = vector
  try {
    const reading = new Reading(inColumns)
    const root = vector.expr as Node
    const rows = (): Rows => reading.rows()
    const generator = typeof root.call === 'string' ? findGenerator(root.call) : undefined
    if (generator !== undefined) {
      const args = (root.args as Node[]).map(a => resolve(reading.expr(a), reading.schema(), 'select()'))
      const signature = generator.resolve(args.map(argumentOf))
      if (signature === undefined) return { status: 'failed', why: 'the generator refuses its arguments' }
      const vectors = args.map((a, k) => compile(castTo(a, signature.args[k] ?? a.type, 'ansi', 'select()'))(rows(), context))
      const made = signature.kernel(vectors, rows().length, context)
      const got: Json[] = []
      for (let i = 0; i < made.rows.length; i++) if (made.rows[i] === 0) got.push(jsonAt(made.columns[0], i))
      const wanted = expect.values ?? [expect.value as Json]
      return sameJson(got, wanted) ? { status: 'passed' } : { status: 'failed', why: `${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}` }
    }
    const expr = reading.expr(root)
    const resolved = resolve(expr, reading.schema(), 'select()')
    const result = compile(resolved)(rows(), context)
    if (expect.error !== undefined) return { status: 'failed', why: `${JSON.stringify(jsonAt(result, 0))} instead of ${expect.error.condition}` }
    const type = sparkTypeText(resolved.type)
    const wantedType = expect.type as string
    const plain = (t: string): string => (inColumns ? t.replaceAll(' not null', '') : t)
    if (plain(type) !== plain(wantedType)) return { status: 'failed', why: `type ${type} instead of ${wantedType}` }
    for (let i = 0; i < result.length; i += 2) {
      const got = jsonAt(result, i)
      if (!sameJson(got, expect.value as Json)) return { status: 'failed', why: `row ${i}: ${JSON.stringify(got)} instead of ${JSON.stringify(expect.value)}` }
    }
    return { status: 'passed' }
  } catch (error) {
    if (error instanceof Unsupported) return { status: 'unsupported', what: error.message }
    if (!isMillraceError(error)) throw error
    if (expect.error !== undefined && (error.sparkCondition ?? null) === expect.error.condition) return { status: 'passed' }
    if (error.code === 'PLAN_UNSUPPORTED_TYPE') return { status: 'unsupported', what: String(error.context.type) }
    if (error.code === 'PLAN_UNKNOWN_FUNCTION') return { status: 'unsupported', what: `${String(error.context.name)}()` }
    return { status: 'failed', why: `${error.code} (${error.sparkCondition}): ${error.message}` }
  }
}

/** Functions some of whose arguments must be literals: they stay literals. */
const literalOnly = new Set(['extract', 'date_part', 'named_struct', 'timestampadd', 'timestampdiff', 'element'])
const castFunctions = new Set(['double', 'int', 'bigint', 'string', 'boolean', 'date', 'timestamp', 'binary'])

/** Translates one tree; collects the columns that its literals become. */
class Reading {
  readonly #inColumns: boolean
  readonly #types: DataType[] = []
  readonly #values: Json[] = []

  constructor(inColumns: boolean) {
    this.#inColumns = inColumns
  }

  schema(): Schema {
    return makeSchema(this.#types.map((type, k) => field(`c${k}`, type)))
  }

  /** The value in rows 0, 2 and 4, null in rows 1 and 3; without columns one row. */
  rows(): Rows {
    if (!this.#inColumns) return { length: 1, column: () => { throw new Error('There are no columns.') } }
    const builder = new BatchBuilder(this.schema())
    for (let i = 0; i < 5; i++) builder.columns.forEach((column, k) => appendLiteral(column, i % 2 === 0 ? this.#values[k] : null))
    const batch = builder.finish()
    return this.#types.length === 0 ? { length: 5, column: () => { throw new Error('There are no columns.') } } : rowsOfBatch(batch)
  }

  expr(node: Node, keep = false): Expr {
    if ('call' in node) return this.#call(node)
    if ('cast' in node) {
      return { kind: 'cast', input: this.expr(node.cast as Node), to: parseType(node.to as string), mode: node.mode === 'try' ? 'try' : 'ansi' }
    }
    if ('case' in node) {
      return {
        kind: 'case',
        branches: (node.case as Node[][]).map(([when, then]) => ({ when: this.expr(when), then: this.expr(then) })),
        otherwise: node.else === null || node.else === undefined ? null : this.expr(node.else as Node),
      }
    }
    if ('at' in node) return this.#at(node)
    if (!('lit' in node)) throw new Unsupported(Object.keys(node)[0])
    const type = parseType(node.type as string)
    const value = literalJson(node.lit as Json, type)
    if (!this.#inColumns || keep || value === null) return makeLiteral(value, type)
    this.#types.push(type)
    this.#values.push(value)
    return { kind: 'column', name: `c${this.#types.length - 1}` }
  }

  #call(node: Node): Expr {
    const name = node.call as string
    const args = node.args as Node[]
    if (castFunctions.has(name) && args.length === 1) {
      const to = parseType(name)
      // Text becomes a number at once: the casts of numbers are tested elsewhere.
      if (to.kind === 'float64' && typeof args[0].lit === 'string') return this.expr({ lit: args[0].lit, type: 'double' })
      return { kind: 'cast', input: this.expr(args[0]), to, mode: 'ansi' }
    }
    const unit = node.unit === undefined ? [] : [makeLiteral(node.unit as string, stringType)]
    return { kind: 'call', name, args: [...unit, ...args.map(a => this.expr(a, literalOnly.has(name) && typeof a.lit === 'string'))] }
  }

  #at(node: Node): Expr {
    const key = node.key as Node
    const input = this.expr(node.at as Node)
    if (typeof key.lit === 'string' && resolve(input, this.schema(), 'select()').type.kind === 'struct') {
      return { kind: 'field', input, name: key.lit }
    }
    return { kind: 'call', name: 'element', args: [input, this.expr(key, typeof key.lit === 'string')] }
  }
}

const types: { readonly [name: string]: DataType } = {
  int: int32Type, bigint: int64Type, double: float64Type, string: stringType, boolean: booleanType, date: dateType, timestamp: timestampType,
  binary: binaryType, void: nullType,
}

export function parseType(text: string): DataType {
  const simple = types[text]
  if (simple !== undefined) return simple
  if (text.startsWith('array<')) return arrayType(parseType(text.slice(6, -1)))
  if (text.startsWith('struct<')) {
    return structType(splitFields(text.slice(7, -1)).map(part => {
      const at = part.indexOf(':')
      const required = part.endsWith(' not null')
      return field(part.slice(0, at).replaceAll('`', ''), parseType(part.slice(at + 1, required ? -9 : undefined).trim()), !required)
    }))
  }
  throw new Unsupported(text.replace(/\(.*/, '').replace(/<.*/, ''))
}

function splitFields(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '<') depth++
    if (text[i] === '>') depth--
    if (i === text.length || (text[i] === ',' && depth === 0)) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return parts
}

function literalJson(value: Json, type: DataType): Json {
  if (value === null) return null
  if (type.kind === 'timestamp') return microsOf(value as string)
  if (type.kind === 'date') return Date.parse(`${value as string}T00:00:00Z`) / 86_400_000
  if (type.kind === 'int64') return String(value as string | number)
  return value
}

/** Microseconds of an ISO timestamp with 0, 3 or 6 digits of fraction. */
export function microsOf(iso: string): number {
  const match = /^(.*?)(?:\.(\d+))?Z$/.exec(iso) as RegExpExecArray
  return Date.parse(`${match[1]}Z`) * 1000 + Number((match[2] ?? '0').padEnd(6, '0'))
}

export function isoOf(micros: number): string {
  const seconds = Math.floor(micros / 1e6)
  const rest = micros - seconds * 1e6
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5)
  return rest === 0 ? `${whole}Z` : `${whole}.${rest % 1000 === 0 ? String(rest / 1000).padStart(3, '0') : String(rest).padStart(6, '0')}Z`
}

/** A value as vectors write it. */
export function jsonAt(v: Vector, i: number): Json {
  if (isNullAt(v, i)) return null
  const { type } = v
  switch (type.kind) {
    case 'boolean':
      return getBit(v.values as Uint8Array, i)
    case 'int64': {
      const x = (v.values as BigInt64Array)[i]
      return Number.isSafeInteger(Number(x)) ? Number(x) : String(x)
    }
    case 'binary': {
      const offsets = v.offsets as Int32Array
      return Buffer.from((v.values as Uint8Array).subarray(offsets[i], offsets[i + 1])).toString('hex')
    }
    case 'float64': {
      const x = (v.values as Float64Array)[i]
      return Number.isFinite(x) ? x : String(x)
    }
    case 'integer': {
      const x = (v.values as Float64Array)[i]
      return Number.isSafeInteger(x) ? x : String(BigInt(x))
    }
    case 'timestamp':
      return isoOf((v.values as Float64Array)[i])
    case 'date':
      return dateText((v.values as Int32Array)[i])
    case 'string':
      return stringAt(v, i)
    case 'array': {
      const offsets = v.offsets as Int32Array
      return Array.from({ length: offsets[i + 1] - offsets[i] }, (_, k) => jsonAt(v.children[0], offsets[i] + k))
    }
    case 'struct':
      return Object.fromEntries(type.fields.map((f, k) => [f.name, jsonAt(v.children[k], i)]))
    default:
      return (v.values as Float64Array)[i]
  }
}

function sameJson(a: Json, b: Json): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || Math.abs(a - b) <= 1e-12 * Math.abs(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => sameJson(x as Json, b[i] as Json))
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every(k => sameJson((a as Node)[k], (b as Node)[k] ?? null))
  }
  return a === b
}
