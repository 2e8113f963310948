import { makeError } from '../../common/errors.ts'
import { type DataType, float64Type, integerType, isNumeric, sameType, typeName } from '../../columnar/data-type.ts'
import { widerNumeric } from '../coercion.ts'
import type { ResolvedArgument } from '../function-table.ts'

/**
 * The type both operands are computed in. Text becomes a whole number beside a whole number and a double beside a
 * double; a bare NULL takes the other side's type. Undefined where a side is no number (two texts included).
 */
export function operandType(args: readonly ResolvedArgument[]): DataType | undefined {
  const [a, b] = args.map(arg => arg.type)
  if (isNumeric(a) && isNumeric(b)) return widerNumeric(a, b)
  if (isNumeric(a)) return beside(b, a)
  if (isNumeric(b)) return beside(a, b)
  return a.kind === 'null' && b.kind === 'null' ? float64Type : undefined
}

function beside(other: DataType, number: DataType): DataType | undefined {
  if (other.kind === 'null') return number
  if (other.kind !== 'string') return undefined
  return number.kind === 'int32' ? integerType : number
}

/** The condition of an operator: whether the sides differ in type (text takes the other side's) or have one that it does not take. */
export function operandMismatch([a, b]: readonly DataType[]): string {
  const same = sameType(a, b) || [a, b].some(t => t.kind === 'null') || ([a, b].some(t => t.kind === 'string') && isAtomic(a) && isAtomic(b))
  return same ? 'BINARY_OP_WRONG_TYPE' : 'BINARY_OP_DIFF_TYPES'
}

function isAtomic({ kind }: DataType): boolean {
  return kind !== 'array' && kind !== 'struct'
}

/** Operators say whether the sides differ in type or have a type that the operator does not take. */
export function wrongOperands(usage: string, args: readonly ResolvedArgument[]): Error {
  const [a, b] = args.map(arg => arg.type)
  return makeError('PLAN_TYPE_MISMATCH', `${typeName(a)} and ${typeName(b)} cannot be computed together. Usage: ${usage}.`, {
    context: { types: [typeName(a), typeName(b)] },
    spark: `DATATYPE_MISMATCH.${operandMismatch([a, b])}`,
  })
}
