import { makeError, type MillraceError } from '../../common/errors.ts'
import { type ArrayType, arrayType, type DataType, isOrderable, typeName } from '../../columnar/data-type.ts'
import { commonType, mixesText } from '../coercion.ts'
import type { ResolvedArgument } from '../function-table.ts'

/** How array functions find the type in which their arguments meet. */

function mismatch(name: string, args: readonly ResolvedArgument[], why: string, condition: string): MillraceError {
  const types = args.map(a => typeName(a.type))
  return makeError('PLAN_TYPE_MISMATCH', `${name}(${types.join(', ')}) does not fit: ${why}. Cast one of the arguments.`, {
    context: { name, types },
    spark: `DATATYPE_MISMATCH.${condition}`,
  })
}

/** An array and a value to be found in it or added to it: the array type and element type both are cast to. */
export function arrayAndValue(name: string, args: readonly ResolvedArgument[], use: 'find' | 'insert' | 'append'): { readonly array: ArrayType; readonly value: DataType } | undefined {
  const [a, b] = args
  if (use === 'find' && (a.type.kind === 'null' || b.type.kind === 'null')) throw mismatch(name, args, 'nothing equals a bare NULL', 'NULL_TYPE')
  if (a.type.kind !== 'array' && use === 'append') return undefined
  if (a.type.kind !== 'array') throw mismatch(name, args, 'the first argument is no array', 'ARRAY_FUNCTION_DIFF_TYPES')
  const element = elementMeets(a.type.element, b.type)
  if (element === undefined) throw mismatch(name, args, 'the value is of another type than the elements', 'ARRAY_FUNCTION_DIFF_TYPES')
  return { array: arrayType(element, a.type.containsNull || (use !== 'find' && b.nullable)), value: element }
}

/** Elements are not compared with text of another meaning: `1` is not found among numbers. */
function elementMeets(element: DataType, value: DataType): DataType | undefined {
  return mixesText(element, value) ? undefined : commonType(element, value)
}

/** Arrays whose elements meet in one type; text meets other types where `textMeets` says so (concat). @throws AnalysisError PLAN_TYPE_MISMATCH where they do not, or one is no array */
export function commonArray(name: string, args: readonly ResolvedArgument[], textMeets = false): ArrayType | undefined {
  const condition = textMeets ? 'DATA_DIFF_TYPES' : 'BINARY_ARRAY_DIFF_TYPES'
  let result: DataType | undefined
  for (const { type } of args) {
    if (type.kind !== 'array') throw mismatch(name, args, 'an argument is no array', condition)
    const next: DataType | undefined = result === undefined ? type : !textMeets && mixesText(result, type) ? undefined : commonType(result, type)
    if (next === undefined) throw mismatch(name, args, 'the arrays have elements of different types', condition)
    result = next
  }
  return result?.kind === 'array' ? result : undefined
}

/** The one array argument, whose elements must have an order where `ordered` says so. */
export function oneArray(args: readonly ResolvedArgument[], ordered = false): ArrayType | undefined {
  const { type } = args[0]
  return type.kind === 'array' && (!ordered || isOrderable(type.element)) ? type : undefined
}
