import { makeError } from '../common/errors.ts'
import type { Json } from '../common/json.ts'
import {
  binaryType, booleanType, type DataType, float64Type, int32Type, int64Type, integerType, nullType, stringType, timestampType,
} from '../columnar/data-type.ts'
import { VectorBuilder } from '../columnar/builder.ts'
import { dictionaryVector, type Vector } from '../columnar/vector.ts'
import { pin } from '../columnar/transfer.ts'
import type { LiteralExpr } from './expr.ts'

/**
 * A JavaScript value as a literal: a whole number in the int32 range is int32, a larger safe integer is integer (Spark
 * has bigint there; ours shows itself as a number again), a bigint int64, any other number float64, a Date a timestamp.
 * @throws AnalysisError PLAN_UNSUPPORTED_TYPE for anything else, PLAN_INVALID_ARGUMENT for an unpaired surrogate
 */
export function literalOf(value: unknown): LiteralExpr {
  switch (typeof value) {
    case 'boolean':
      return makeLiteral(value, booleanType)
    case 'number':
      if (Number.isInteger(value) && !Object.is(value, -0)) {
        if (value === (value | 0)) return makeLiteral(value, int32Type)
        if (Number.isSafeInteger(value)) return makeLiteral(value, integerType)
      }
      return makeLiteral(numberJson(value), float64Type)
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw unsupportedLiteral(value, 'it is beyond 64 bits')
      return makeLiteral(String(value), int64Type)
    case 'string':
      if (!value.isWellFormed()) throw unsupportedLiteral(JSON.stringify(value), 'it has an unpaired surrogate')
      return makeLiteral(value, stringType)
    case 'object':
      if (value === null) return makeLiteral(null, nullType)
      if (value instanceof Date && Number.isNaN(value.getTime())) throw unsupportedLiteral(value, 'it is no instant')
      if (value instanceof Date) return makeLiteral(value.getTime() * 1000, timestampType)
      if (value instanceof Uint8Array) return makeLiteral(Buffer.from(value).toString('hex'), binaryType)
  }
  throw notScalar(value)
}

export function makeLiteral(value: Json, type: DataType): LiteralExpr {
  return Object.freeze({ kind: 'literal', value, type })
}

/** Numbers that JSON cannot hold go as text. */
export function numberJson(value: number): Json {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : value
  return String(value)
}

/** The number behind {@link numberJson}. */
export function numberFromJson(value: Json): number {
  return typeof value === 'string' ? Number(value) : (value as number)
}

/** Appends a literal's JSON value to a builder of its type. */
export function appendLiteral(builder: VectorBuilder, value: Json): void {
  if (value === null) {
    builder.appendNull()
    return
  }
  const type = builder.type
  switch (type.kind) {
    case 'int64':
      builder.appendInt64(BigInt(value as string | number))
      return
    case 'float64':
    case 'integer':
    case 'timestamp':
      builder.appendFloat64(numberFromJson(value))
      return
    case 'binary': {
      const bytes = Buffer.from(value as string, 'hex')
      builder.appendBytes(bytes, 0, bytes.length)
      return
    }
    case 'array':
      for (const item of value as readonly Json[]) appendLiteral(builder.children[0], item)
      builder.appendList()
      return
    case 'struct':
      type.fields.forEach((f, k) => appendLiteral(builder.children[k], (value as { [k: string]: Json })[f.name] ?? null))
      builder.appendStruct()
      return
    default:
      builder.append(value)
  }
}

/**
 * `length` copies of a literal. Text is a dictionary of one entry, so that a kernel which looks at distinct values
 * looks once. Pinned: the evaluator keeps and reuses it.
 */
export function literalVector(value: Json, type: DataType, length: number): Vector {
  if (type.kind === 'string' && value !== null) {
    const one = new VectorBuilder(type, 1)
    one.appendString(value as string)
    return pin(dictionaryVector(new Int32Array(length), one.finish(), length))
  }
  const builder = new VectorBuilder(type, Math.max(8, length))
  for (let i = 0; i < length; i++) appendLiteral(builder, value)
  return pin(builder.finish())
}

/** What people give most often, with what they want instead. */
function notScalar(value: unknown): Error {
  if (Array.isArray(value)) return unsupportedLiteral('[…]', 'it is several values. Give them one by one, such as carrier.in(...carriers), or make a column of them with array()')
  if (value === undefined) return unsupportedLiteral(value, 'it is no value; null stands for a missing one')
  return unsupportedLiteral(typeof value === 'function' ? '() => …' : typeof value === 'object' ? '{…}' : value, 'its type has no column type')
}

function unsupportedLiteral(value: unknown, reason: string): Error {
  return makeError('PLAN_UNSUPPORTED_TYPE', `The value ${String(value)} cannot be a literal: ${reason}.`, { context: { reason } })
}

