import { makeError, type MillraceError } from '../../common/errors.ts'
import { andValidity } from '../../columnar/bitmap.ts'
import { arrayType, int32Type, nullType, stringType } from '../../columnar/data-type.ts'
import { take } from '../../columnar/take.ts'
import { Vector, withValidity } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel, Signature } from '../function-table.ts'
import { arrayView } from './array-elements.ts'
import { oneArray } from './array-types.ts'
import { isCount, numbersOf } from './counts.ts'
import { isPresent, signature } from './define.ts'

/** Elements by position. `outside` answers for a position that the array does not have: it raises, or lets it be null. */
function accessKernel(first: 0 | 1, outside: ((index: number, size: number) => void) | null): Kernel {
  return ([array, positions], length, validity) => {
    const { elements, offsets } = arrayView(array)
    const numbers = numbersOf(positions, length)
    const chosen = new Int32Array(length).fill(-1)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      const index = numbers[i]
      const size = offsets[i + 1] - offsets[i]
      if (first === 1 && index === 0) throw indexOfZero('element_at')
      const at = first === 0 ? index : index > 0 ? index - 1 : size + index
      if (at >= 0 && at < size) chosen[i] = offsets[i] + at
      else outside?.(index, size)
    }
    return take(elements, chosen)
  }
}

export function indexOfZero(name: string): MillraceError {
  return makeError('EXPR_INVALID_INDEX', `${name}() got the index 0, but it counts from 1, or from −1 backwards.`, {
    context: { name },
    spark: 'INVALID_INDEX_OF_ZERO',
  })
}

function outOfRange(spark: string, advice: string): (index: number, size: number) => void {
  return (index, size) => {
    throw makeError('EXPR_INVALID_INDEX', `The index ${index} is outside an array of ${size} elements. ${advice}`, { context: { index, size }, spark })
  }
}

function access(name: string, usage: string, doc: string, kernel: Kernel, safe: boolean): FunctionEntry {
  return {
    name,
    arity: [2, 2],
    usage,
    doc,
    safe,
    resolve: (args): Signature | undefined => {
      const type = oneArray(args)
      if (type === undefined) return undefined
      if (name === 'element' && args[1].type.kind === 'string') return fieldOfEach(args[1].literal, type.element.kind === 'struct' ? type : undefined)
      if (!isCount(args[1])) return undefined
      const index = args[1].type.kind === 'int64' || args[1].type.kind === 'integer' ? args[1].type : int32Type
      return signature([type, index], type.element, kernel, true)
    },
  }
}

/** A field of every struct of an array, as an array. */
function fieldOfEach(name: unknown, type: ReturnType<typeof oneArray>): Signature | undefined {
  if (type?.element.kind !== 'struct') return undefined
  const index = type.element.fields.findIndex(f => f.name === name)
  if (index < 0) return undefined
  const { type: element, nullable } = type.element.fields[index]
  const result = arrayType(element, type.containsNull || nullable)
  return signature([type, stringType], result, ([array], length, validity) => {
    const structs = array.children[0]
    const values = structs.children[index]
    const both = withValidity(values, andValidity(structs.validity, values.validity, structs.length))
    return new Vector(result, length, validity, null, array.offsets, [both])
  })
}

const sizeKernel: Kernel = ([array], length, validity) => {
  const offsets = array.offsets as Int32Array
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) out[i] = offsets[i + 1] - offsets[i]
  return new Vector(int32Type, length, validity, out)
}

function sizeFunction(name: string, aliases: readonly string[]): FunctionEntry {
  return {
    name,
    aliases,
    arity: [1, 1],
    usage: `${name}(array) -> int`,
    doc: 'The number of elements; null for a null array.',
    safe: true,
    resolve: args => {
      const type = args[0].type.kind === 'null' ? arrayType(nullType) : oneArray(args)
      return type === undefined ? undefined : signature([type], int32Type, sizeKernel)
    },
  }
}

export const arrayAccessFunctions: readonly FunctionEntry[] = [
  access('element', 'array[index: int], or array of structs[field: string literal]', 'The element at a position from 0; raises outside the array, get() does not.',
    accessKernel(0, outOfRange('INVALID_ARRAY_INDEX', 'Use get() to have null instead.')), false),
  access('get', 'get(array, index: int)', 'The element at a position from 0, null outside the array.', accessKernel(0, null), true),
  access('element_at', 'element_at(array, index: int)', 'The element at a position from 1, or from −1 backwards; raises outside the array.',
    accessKernel(1, outOfRange('INVALID_ARRAY_INDEX_IN_ELEMENT_AT', 'Use tryElementAt() to have null instead.')), false),
  access('try_element_at', 'try_element_at(array, index: int)', 'The element at a position from 1, or from −1 backwards; null outside the array.', accessKernel(1, null), false),
  sizeFunction('size', ['cardinality']),
  sizeFunction('array_size', []),
]
