import { makeError } from '../../common/errors.ts'
import { booleanType, type DataType, float64Type, int32Type, nullType, stringType, typeName } from '../../columnar/data-type.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { dictionaryVector, isNullAt, nullVector, type Vector } from '../../columnar/vector.ts'
import type { Expr } from '../expr.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { makeLiteral } from '../literal.ts'
import { booleanRows, rewritten, signature, StringReader } from './define.ts'

const nullLiteral: Expr = makeLiteral(null, nullType)
const zero: Expr = makeLiteral(0, int32Type)

function call(name: string, ...args: Expr[]): Expr {
  return { kind: 'call', name, args }
}

/** `if` as a case of one branch. Unlike a written case it takes a bare NULL for its condition. */
function choose(condition: Expr, then: Expr, otherwise: Expr): Expr {
  const when: Expr = condition.kind === 'literal' && condition.type.kind === 'null' ? makeLiteral(null, booleanType) : condition
  return { kind: 'case', branches: [{ when, then }], otherwise }
}

function asDouble(input: Expr): Expr {
  return { kind: 'cast', input, to: float64Type, mode: 'ansi' }
}

const isNanKernel: Kernel = ([a], length) => {
  const x = a.values as Float64Array
  return booleanRows(length, null, i => !isNullAt(a, i) && Number.isNaN(x[i]))
}

/** The name of the argument's type, as one dictionary entry. */
function typeofKernel(type: DataType): Kernel {
  return (_args, length) => {
    const name = new VectorBuilder(stringType, 1)
    name.appendString(typeName(type))
    return dictionaryVector(new Int32Array(length), name.finish(), length)
  }
}

function raised(message: string): Error {
  return makeError('EXPR_USER_RAISED', message, { context: { message } })
}

const assertTrueKernel: Kernel = ([condition, message], length) => {
  for (let i = 0; i < length; i++) {
    if (isNullAt(condition, i) || !getBit(condition.values as Uint8Array, i)) {
      throw raised(textOrNull(message, i) ?? 'assert_true() met a row whose condition is not true.')
    }
  }
  return nullVector(nullType, length)
}

const raiseErrorKernel: Kernel = ([message], length) => {
  if (length > 0) throw raised(textOrNull(message, 0) ?? 'raise_error() was called with null for a message.')
  return nullVector(nullType, length)
}

function textOrNull(message: Vector | undefined, i: number): string | null {
  return message === undefined || isNullAt(message, i) ? null : new StringReader(message).at(i)
}

export const conditionalFunctions: readonly FunctionEntry[] = [
  rewritten({
    name: 'if',
    arity: [3, 3],
    usage: 'if(condition: boolean, then, otherwise)',
    doc: 'The second argument where the condition is true, else the third; only the chosen one is computed.',
    rewrite: ([condition, then, otherwise]) => choose(condition, then, otherwise),
  }),
  rewritten({
    name: 'nullif',
    arity: [2, 2],
    usage: 'nullif(value, other)',
    doc: 'Null where both are equal, else the value.',
    rewrite: ([value, other]) => choose(call('=', value, other), nullLiteral, value),
  }),
  rewritten({
    name: 'nvl2',
    arity: [3, 3],
    usage: 'nvl2(test, present, absent)',
    doc: 'The second argument where the first is not null, else the third.',
    rewrite: ([test, present, absent]) => choose(call('isnotnull', test), present, absent),
  }),
  rewritten({
    name: 'zeroifnull',
    arity: [1, 1],
    usage: 'zeroifnull(value: number)',
    doc: 'Zero where the value is null.',
    rewrite: ([value]) => call('coalesce', value, zero),
  }),
  rewritten({
    name: 'nullifzero',
    arity: [1, 1],
    usage: 'nullifzero(value: number)',
    doc: 'Null where the value is zero.',
    rewrite: ([value]) => choose(call('=', value, zero), nullLiteral, value),
  }),
  rewritten({
    name: 'between',
    arity: [3, 3],
    usage: 'value between lower and upper -> boolean',
    doc: 'Whether the value lies between two bounds, both included.',
    rewrite: ([value, lower, upper]) => call('and', call('>=', value, lower), call('<=', value, upper)),
  }),
  rewritten({
    name: 'nanvl',
    arity: [2, 2],
    usage: 'nanvl(value: double, replacement: double) -> double',
    doc: 'The replacement where the value is NaN.',
    rewrite: ([value, replacement]) => choose(call('isnan', value), asDouble(replacement), asDouble(value)),
  }),
  {
    name: 'isnan',
    arity: [1, 1],
    usage: 'isnan(value: double) -> boolean',
    doc: 'Whether the value is NaN; false for null.',
    nulls: 'own',
    safe: true,
    resolve: () => signature([float64Type], booleanType, isNanKernel),
  },
  {
    name: 'typeof',
    arity: [1, 1],
    usage: 'typeof(value) -> string',
    doc: 'The name of the type of the value.',
    nulls: 'own',
    safe: true,
    resolve: ([value]) => signature([value.type], stringType, typeofKernel(value.type)),
  },
  {
    name: 'assert_true',
    arity: [1, 2],
    usage: 'assert_true(condition: boolean[, message: string]) -> void',
    doc: 'Null where the condition is true; raises EXPR_USER_RAISED where it is false or null.',
    nulls: 'own',
    resolve: args => signature([booleanType, stringType].slice(0, args.length), nullType, assertTrueKernel, true),
  },
  {
    name: 'raise_error',
    arity: [1, 1],
    usage: 'raise_error(message: string) -> void',
    doc: 'Raises EXPR_USER_RAISED with the message for any row that reaches it.',
    nulls: 'own',
    resolve: () => signature([stringType], nullType, raiseErrorKernel, true),
  },
]
