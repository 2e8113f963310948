import { BatchBuilder } from '../../../src/columnar/batch-builder.ts'
import {
  arrayType, binaryType, booleanType, type DataType, field, float64Type, int32Type, int64Type, nullType, stringType, timestampType,
} from '../../../src/columnar/data-type.ts'
import type { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import { isNullAt, type Vector } from '../../../src/columnar/vector.ts'
import type { AggregateExpr, Expr } from '../../../src/expr/expr.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { findAggregate } from '../../../src/expr/aggregates/index.ts'

/** Thrown for what this small reader of vectors, or the engine, does not have. */
export class Unsupported extends Error {}

const types = new Map<string, DataType>([
  ['int', int32Type], ['bigint', int64Type], ['double', float64Type], ['string', stringType],
  ['boolean', booleanType], ['timestamp', timestampType], ['binary', binaryType], ['void', nullType],
])

export interface ColumnJson {
  readonly name: string
  readonly type: string
}

function valueFromJson(type: DataType, value: unknown): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'float64':
      return Number(value)
    case 'int64':
      return BigInt(value as number | string)
    case 'timestamp':
      return new Date(value as string)
    default:
      return value
  }
}

/** Rows of a vector's source; columns of a type that we lack are left out. */
export function batchFromJson(columns: readonly ColumnJson[], rows: readonly (readonly unknown[])[]): RecordBatch {
  const known = columns.flatMap((c, k) => {
    const type = types.get(c.type)
    return type === undefined ? [] : [{ k, type, name: c.name }]
  })
  const builder = new BatchBuilder(makeSchema(known.map(c => field(c.name, c.type))))
  for (const row of rows) builder.appendValues(known.map(c => valueFromJson(c.type, row[c.k])))
  return builder.finish()
}

type ExprJson = { readonly [key: string]: unknown }

export function exprFromJson(json: ExprJson): Expr {
  if ('col' in json) return { kind: 'column', name: json['col'] as string }
  if ('lit' in json) return literalFromJson(json, false)
  if ('call' in json) {
    const name = json['call'] as string
    const args = json['args'] as ExprJson[]
    if (findAggregate(name) !== undefined) return aggregateFromJson(json)
    return { kind: 'call', name, args: args.map(exprFromJson) }
  }
  throw new Unsupported(`expression ${Object.keys(json).join(' ')}`)
}

/** Options of an aggregate (percentages, error bounds) are written as decimals; their doubles do as well. */
function argumentFromJson(json: ExprJson): Expr {
  if ('lit' in json) return literalFromJson(json, true)
  const items = json['call'] === 'array' ? (json['args'] as ExprJson[]) : []
  if (items.length === 0 || !items.every(i => 'lit' in i)) return exprFromJson(json)
  const literals = items.map(i => literalFromJson(i, true))
  return makeLiteral(literals.map(i => i.value), arrayType(literals[0].type))
}

function literalFromJson(json: ExprJson, decimals: boolean): Extract<Expr, { kind: 'literal' }> {
  const name = json['type'] as string
  const type = decimals && name.startsWith('decimal') ? float64Type : types.get(name)
  if (type === undefined) throw new Unsupported(`literal of type ${name}`)
  return makeLiteral(name.startsWith('decimal') ? Number(json['lit']) : (json['lit'] as string | number | boolean | null), type)
}

export function aggregateFromJson(json: ExprJson): AggregateExpr {
  let args = (json['args'] as ExprJson[]).map(argumentFromJson)
  const within = json['withinGroup'] as { readonly expr: ExprJson }[] | undefined
  if (within !== undefined) {
    // percentile_cont(p) within group (order by x) is percentile_cont(x, p) with us.
    if (!(json['call'] as string).startsWith('percentile_')) throw new Unsupported('within group')
    args = [exprFromJson(within[0].expr), ...args]
  }
  return {
    kind: 'aggregate',
    name: json['call'] as string,
    args,
    filter: json['filter'] === undefined ? null : exprFromJson(json['filter'] as ExprJson),
    distinct: json['distinct'] === true,
    ignoreNulls: json['ignoreNulls'] === true,
  }
}

/** A value as vectors write it. */
export function valueToJson(v: Vector, i: number): unknown {
  if (isNullAt(v, i)) return null
  const { type } = v
  switch (type.kind) {
    case 'float64': {
      const x = (v.values as Float64Array)[i]
      return Number.isFinite(x) ? (Object.is(x, -0) ? '-0.0' : x) : String(x)
    }
    case 'int64': {
      const x = (v.values as BigInt64Array)[i]
      return x >= BigInt(Number.MIN_SAFE_INTEGER) && x <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(x) : String(x)
    }
    case 'timestamp':
      return new Date((v.values as Float64Array)[i] / 1000).toISOString().replace('.000Z', 'Z')
    case 'array': {
      const offsets = v.offsets as Int32Array
      return Array.from({ length: offsets[i + 1] - offsets[i] }, (_, k) => valueToJson(v.children[0], offsets[i] + k))
    }
    case 'struct':
      return Object.fromEntries(type.fields.map((f, k) => [f.name, valueToJson(v.children[k], i)]))
    default:
      return valueAt(v, i)
  }
}

/** Equal as vectors compare: numbers to a relative 1e-12, the sign of zero set aside, everything else exactly. */
export function equalJson(a: unknown, b: unknown): boolean {
  const [x, y] = [a === '-0.0' ? 0 : a, b === '-0.0' ? 0 : b]
  if (typeof x === 'number' && typeof y === 'number') return x === y || Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y))
  if (Array.isArray(x) && Array.isArray(y)) return x.length === y.length && x.every((item, k) => equalJson(item, y[k]))
  if (x !== null && y !== null && typeof x === 'object' && typeof y === 'object') {
    const keys = Object.keys(x)
    return keys.length === Object.keys(y).length && keys.every(k => equalJson((x as ExprJson)[k], (y as ExprJson)[k]))
  }
  return x === y
}

