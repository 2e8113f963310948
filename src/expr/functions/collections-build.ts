import { makeError } from '../../common/errors.ts'
import { type ArrayType, arrayType, int32Type, nullType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import { Failures } from '../failures.ts'
import { commonTypeOf } from '../coercion.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { arrayView, eachArray, ElementList, joinElements, nullTest } from './array-elements.ts'
import { arrayAndValue, oneArray } from './array-types.ts'
import { indexOfZero } from './collections-access.ts'
import { isCount } from './counts.ts'
import { isPresent, signature } from './define.ts'

/** Making arrays out of values and other arrays. */
function arrayKernel(type: ArrayType): Kernel {
  return (args, length) => {
    const { elements, bases } = joinElements(type.element, args.length === 0 ? [new Vector(nullType, 0, null, null)] : args)
    const list = new ElementList(length, length * args.length)
    for (let i = 0; i < length; i++) {
      for (let k = 0; k < args.length; k++) list.add(bases[k] + i)
      list.endRow()
    }
    return list.finish(type, elements, null)
  }
}

function edgeKernel(type: ArrayType, edge: 'start' | 'end'): Kernel {
  return ([array, value], length) => {
    const view = arrayView(array)
    const { elements, bases } = joinElements(type.element, [view.elements, value])
    const list = new ElementList(length, view.elements.length + length)
    eachArray(view, length, array.validity, list, (start, end, i) => {
      if (edge === 'start') list.add(bases[1] + i)
      list.addRange(start, end)
      if (edge === 'end') list.add(bases[1] + i)
    })
    return list.finish(type, elements, array.validity)
  }
}

/** Position 1 is the front, −1 the end; nulls fill the way to a position beyond. */
function insertKernel(type: ArrayType): Kernel {
  return ([array, positions, value], length) => {
    const view = arrayView(array)
    const { elements, bases } = joinElements(type.element, [view.elements, value])
    const at = positions.values as Int32Array
    const list = new ElementList(length, view.elements.length + length)
    const nulls = new Failures(array.validity, length)
    const noPosition = nullTest(positions)
    eachArray(view, length, array.validity, list, (start, end, i) => {
      if (noPosition(i)) {
        nulls.add(i)
        return
      }
      const position = at[i]
      const size = end - start
      if (position === 0) throw indexOfZero('array_insert')
      if (position > size) {
        list.addRange(start, end)
        list.addRepeated(-1, position - 1 - size)
        list.add(bases[1] + i)
      } else if (-position > size + 1) {
        list.add(bases[1] + i)
        list.addRepeated(-1, -position - 1 - size)
        list.addRange(start, end)
      } else {
        const before = start + (position > 0 ? position - 1 : size + 1 + position)
        list.addRange(start, before)
        list.add(bases[1] + i)
        list.addRange(before, end)
      }
    })
    return list.finish(type, elements, nulls.validity)
  }
}

function repeatKernel(type: ArrayType): Kernel {
  return ([value, counts], length) => {
    const times = counts.values as Int32Array
    const list = new ElementList(length, length)
    for (let i = 0; i < length; i++) {
      if (isPresent(counts.validity, i) && times[i] > 0) list.addRepeated(i, times[i])
      list.endRow()
    }
    return list.finish(type, value, counts.validity)
  }
}

function compactKernel(type: ArrayType): Kernel {
  return ([array], length, validity) => {
    const view = arrayView(array)
    const isNull = nullTest(view.elements)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end) => {
      for (let k = start; k < end; k++) if (!isNull(k)) list.add(k)
    })
    return list.finish(type, view.elements, validity)
  }
}

function sliceKernel(type: ArrayType): Kernel {
  return ([array, starts, lengths], length, validity) => {
    const view = arrayView(array)
    const from = starts.values as Int32Array
    const count = lengths.values as Int32Array
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end, i) => {
      if (from[i] === 0) throw sliceProblem('start is 0, but positions count from 1, or from −1 backwards', 'START')
      if (count[i] < 0) throw sliceProblem(`length is ${count[i]}, which is negative`, 'LENGTH')
      const first = from[i] > 0 ? start + from[i] - 1 : end + from[i]
      if (first >= start && first < end) list.addRange(first, Math.min(end, first + count[i]))
    })
    return list.finish(type, view.elements, validity)
  }
}

function sliceProblem(what: string, condition: string): Error {
  return makeError('EXPR_INVALID_ARGUMENT', `slice() was called with a value outside its range: the ${what}. Correct it.`, {
    context: { what },
    spark: `INVALID_PARAMETER_VALUE.${condition}`,
  })
}

/** Null where one of the inner arrays is. */
function flattenKernel(type: ArrayType): Kernel {
  return ([array], length, validity) => {
    const outer = arrayView(array)
    const inner = arrayView(outer.elements)
    const isNull = nullTest(outer.elements)
    const list = new ElementList(length, inner.elements.length)
    const nulls = new Failures(validity, length)
    eachArray(outer, length, validity, list, (start, end, i) => {
      for (let k = start; k < end; k++) {
        if (isNull(k)) {
          nulls.add(i)
          return
        }
      }
      for (let k = start; k < end; k++) list.addRange(inner.offsets[k], inner.offsets[k + 1])
    })
    return list.finish(type, inner.elements, nulls.validity)
  }
}

function edgeFunction(name: string, edge: 'start' | 'end', doc: string): FunctionEntry {
  return {
    name,
    arity: [2, 2],
    usage: `${name}(array, value) -> array`,
    doc,
    nulls: 'own',
    resolve: args => {
      const types = arrayAndValue(name, args, 'append')
      return types === undefined ? undefined : signature([types.array, types.value], types.array, edgeKernel(types.array, edge), args[0].nullable)
    },
  }
}

export const arrayBuildFunctions: readonly FunctionEntry[] = [
  {
    name: 'array',
    arity: [0, Infinity],
    usage: 'array(value, ...) -> array',
    doc: 'An array of the values, cast to a common type.',
    nulls: 'own',
    safe: true,
    resolve: args => {
      const element = args.length === 0 ? nullType : commonTypeOf(args.map(a => a.type))
      if (element === undefined) {
        throw makeError('PLAN_TYPE_MISMATCH', 'array() got values of types that have nothing in common. Cast them to one type.', {
          context: { name: 'array' },
          spark: 'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
        })
      }
      const type = arrayType(element, args.some(a => a.nullable))
      return signature(args.map(() => element), type, arrayKernel(type))
    },
  },
  edgeFunction('array_append', 'end', 'The array with the value behind its last element.'),
  edgeFunction('array_prepend', 'start', 'The array with the value in front of its first element.'),
  {
    name: 'array_insert',
    arity: [3, 3],
    usage: 'array_insert(array, position: int, value) -> array',
    doc: 'The array with the value at a position from 1, or from −1 (behind the last) backwards; nulls fill the way to a position beyond its ends.',
    nulls: 'own',
    resolve: args => {
      const types = arrayAndValue('array_insert', [args[0], args[2]], 'insert')
      if (types === undefined || !isCount(args[1])) return undefined
      const result = arrayType(types.value, true)
      return signature([types.array, int32Type, types.value], result, insertKernel(result), args[0].nullable || args[1].nullable)
    },
  },
  {
    name: 'array_repeat',
    arity: [2, 2],
    usage: 'array_repeat(value, count: int) -> array',
    doc: 'An array of the value so many times; empty for a count of zero or less.',
    nulls: 'own',
    resolve: args => {
      if (!isCount(args[1])) return undefined
      const type = arrayType(args[0].type, args[0].nullable)
      return signature([args[0].type, int32Type], type, repeatKernel(type), args[1].nullable)
    },
  },
  {
    name: 'array_compact',
    arity: [1, 1],
    usage: 'array_compact(array) -> array',
    doc: 'The array without its nulls.',
    resolve: args => {
      const type = oneArray(args)
      if (type === undefined) return undefined
      const result = arrayType(type.element, false)
      return signature([type], result, compactKernel(result))
    },
  },
  {
    name: 'slice',
    arity: [3, 3],
    usage: 'slice(array, start: int, length: int) -> array',
    doc: 'The elements from a position from 1, or from −1 backwards, at most so many.',
    resolve: args => {
      const type = oneArray(args)
      return type === undefined || !isCount(args[1]) || !isCount(args[2]) ? undefined : signature([type, int32Type, int32Type], type, sliceKernel(type))
    },
  },
  {
    name: 'flatten',
    arity: [1, 1],
    usage: 'flatten(array of arrays) -> array',
    doc: 'The elements of the inner arrays in one array; null where an inner array is.',
    resolve: args => {
      const type = oneArray(args)
      if (type?.element.kind !== 'array') return undefined
      return signature([type], type.element, flattenKernel(type.element), type.containsNull)
    },
  },
]
