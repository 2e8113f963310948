import { makeError, type MillraceError } from '../../common/errors.ts'
import { type ArrayType, arrayType, type DataType, isOrderable, typeName } from '../../columnar/data-type.ts'
import { commonType } from '../coercion.ts'
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
export function arrayAndValue(name: string, args: readonly ResolvedArgument[], use: 'find' | 'add'): { readonly array: ArrayType; readonly value: DataType } | undefined {
  const [a, b] = args
  if (a.type.kind !== 'array') return undefined
  if (use === 'find' && b.type.kind === 'null') throw mismatch(name, args, 'nothing equals a bare NULL', 'NULL_TYPE')
  const element = elementMeets(a.type.element, b.type)
  if (element === undefined) throw mismatch(name, args, 'the value is of another type than the elements', 'ARRAY_FUNCTION_DIFF_TYPES')
  return { array: arrayType(element, a.type.containsNull || (use === 'add' && b.nullable)), value: element }
}

/** Elements are not compared with text of another meaning: `1` is not found among numbers. */
function elementMeets(element: DataType, value: DataType): DataType | undefined {
  if ((element.kind === 'string') !== (value.kind === 'string') && element.kind !== 'null' && value.kind !== 'null') return undefined
  return commonType(element, value)
}

/** Arrays whose elements meet in one type; undefined where an argument is no array. */
export function commonArray(name: string, args: readonly ResolvedArgument[]): ArrayType | undefined {
  let result: DataType | undefined
  for (const { type } of args) {
    if (type.kind !== 'array' && type.kind !== 'null') return undefined
    const next: DataType | undefined = result === undefined ? type : commonType(result, type)
    if (next === undefined) throw mismatch(name, args, 'the arrays have elements of different types', 'BINARY_ARRAY_DIFF_TYPES')
    result = next
  }
  return result?.kind === 'array' ? result : undefined
}

/** The one array argument, whose elements must have an order where `ordered` says so. */
export function oneArray(args: readonly ResolvedArgument[], ordered = false): ArrayType | undefined {
  const { type } = args[0]
  return type.kind === 'array' && (!ordered || isOrderable(type.element)) ? type : undefined
}
