import { newBitmap, setBit } from '../../columnar/bitmap.ts'
import { arrayType, type ArrayType, booleanType, integerType } from '../../columnar/data-type.ts'
import { booleanVector, isNullAt, Vector } from '../../columnar/vector.ts'
import { Failures } from '../failures.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { anyNull, arrayView, eachArray, ElementList, joinElements, nullTest } from './array-elements.ts'
import { arrayAndValue, commonArray, oneArray } from './array-types.ts'
import { rowComparator } from './comparison.ts'
import { isPresent, signature } from './define.ts'
import { ElementSet } from './element-set.ts'

/**
 * Arrays as sets: NaN equals NaN, −0.0 equals 0.0, a null is an element like others, and what is kept stands in the
 * order of its first occurrence.
 */
function distinctKernel(type: ArrayType): Kernel {
  return ([array], length, validity) => {
    const view = arrayView(array)
    const set = new ElementSet(view.elements)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end) => {
      set.clear()
      for (let k = start; k < end; k++) if (set.add(k)) list.add(k)
    })
    return list.finish(type, view.elements, validity)
  }
}

type SetOperation = 'union' | 'intersect' | 'except'

function setKernel(operation: SetOperation, type: ArrayType): Kernel {
  return ([left, right], length, validity) => {
    const a = arrayView(left)
    const b = arrayView(right)
    const { elements, bases } = joinElements(type.element, [a.elements, b.elements])
    const others = new ElementSet(elements)
    const taken = new ElementSet(elements)
    const list = new ElementList(length, a.elements.length)
    eachArray(a, length, validity, list, (start, end, i) => {
      const first = bases[1] + b.offsets[i]
      const last = bases[1] + b.offsets[i + 1]
      taken.clear()
      others.clear()
      if (operation !== 'union') for (let k = first; k < last; k++) others.add(k)
      for (let k = start; k < end; k++) {
        if ((operation === 'union' || others.has(k) === (operation === 'intersect')) && taken.add(k)) list.add(k)
      }
      if (operation === 'union') for (let k = first; k < last; k++) if (taken.add(k)) list.add(k)
    })
    return list.finish(type, elements, validity)
  }
}

/** The position of each row's value in its array, from 0; −1 where it is not there. */
function positions(array: Vector, value: Vector, length: number, validity: Uint8Array | null): Int32Array {
  const { elements, offsets } = arrayView(array)
  const compare = rowComparator(elements, value)
  const isNull = nullTest(elements)
  const out = new Int32Array(length).fill(-1)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      if (isNull(k) || compare(k, i) !== 0) continue
      out[i] = k - offsets[i]
      break
    }
  }
  return out
}

/** Null where the value is not found and the array has a null. */
const containsKernel: Kernel = ([array, value], length, validity) => {
  const found = positions(array, value, length, validity)
  const { elements, offsets } = arrayView(array)
  const bits = newBitmap(length, false)
  const nulls = new Failures(validity, length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    if (found[i] >= 0) setBit(bits, i)
    else if (anyNull(elements, offsets[i], offsets[i + 1])) nulls.add(i)
  }
  return booleanVector(bits, length, nulls.validity)
}

const positionKernel: Kernel = ([array, value], length, validity) =>
  new Vector(integerType, length, validity, Float64Array.from(positions(array, value, length, validity), p => p + 1))

function removeKernel(type: ArrayType): Kernel {
  return ([array, value], length, validity) => {
    const view = arrayView(array)
    const compare = rowComparator(view.elements, value)
    const isNull = nullTest(view.elements)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end, i) => {
      for (let k = start; k < end; k++) if (isNull(k) || compare(k, i) !== 0) list.add(k)
    })
    return list.finish(type, view.elements, validity)
  }
}

/** True for a common element that is not null; else null where neither array is empty and one has a null. */
function overlapKernel(type: ArrayType): Kernel {
  return ([left, right], length, validity) => {
    const a = arrayView(left)
    const b = arrayView(right)
    const { elements, bases } = joinElements(type.element, [a.elements, b.elements])
    const set = new ElementSet(elements)
    const bits = newBitmap(length, false)
    const nulls = new Failures(validity, length)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      set.clear()
      let unknown = false
      let common = false
      const [first, last] = [bases[1] + b.offsets[i], bases[1] + b.offsets[i + 1]]
      for (let k = a.offsets[i]; k < a.offsets[i + 1]; k++) {
        if (isNullAt(elements, k)) unknown = true
        else set.add(k)
      }
      for (let k = first; k < last && !common; k++) {
        if (isNullAt(elements, k)) unknown = true
        else common = set.has(k)
      }
      if (common) setBit(bits, i)
      else if (unknown && last > first && a.offsets[i + 1] > a.offsets[i]) nulls.add(i)
    }
    return booleanVector(bits, length, nulls.validity)
  }
}

function setFunction(name: string, operation: SetOperation, doc: string): FunctionEntry {
  return {
    name,
    arity: [2, 2],
    usage: `${name}(array, array) -> array`,
    doc,
    resolve: args => {
      const type = commonArray(name, args)
      if (type === undefined) return undefined
      const nulls = args.map(a => a.type.kind === 'array' && a.type.containsNull)
      const result = arrayType(type.element, operation === 'union' ? nulls[0] || nulls[1] : operation === 'intersect' ? nulls[0] && nulls[1] : nulls[0])
      return signature([type, type], result, setKernel(operation, result))
    },
  }
}

export const arraySetFunctions: readonly FunctionEntry[] = [
  {
    name: 'array_contains',
    arity: [2, 2],
    usage: 'array_contains(array, value) -> boolean',
    doc: 'Whether the value is an element; null where it is not found and the array has a null.',
    safe: true,
    resolve: args => {
      const types = arrayAndValue('array_contains', args, 'find')
      return types === undefined ? undefined : signature([types.array, types.value], booleanType, containsKernel, types.array.containsNull)
    },
  },
  {
    name: 'array_position',
    arity: [2, 2],
    usage: 'array_position(array, value) -> bigint',
    doc: 'The position of the first such element, from 1; 0 where there is none.',
    safe: true,
    resolve: args => {
      const types = arrayAndValue('array_position', args, 'find')
      return types === undefined ? undefined : signature([types.array, types.value], integerType, positionKernel)
    },
  },
  {
    name: 'array_remove',
    arity: [2, 2],
    usage: 'array_remove(array, value) -> array',
    doc: 'The array without the elements that equal the value; nulls stay.',
    resolve: args => {
      const types = arrayAndValue('array_remove', args, 'insert')
      if (types === undefined) return undefined
      const result = arrayType(types.value, args[0].type.kind === 'array' && args[0].type.containsNull)
      return signature([result, types.value], result, removeKernel(result))
    },
  },
  {
    name: 'array_distinct',
    arity: [1, 1],
    usage: 'array_distinct(array) -> array',
    doc: 'Each element once, in the order of its first occurrence.',
    resolve: args => {
      const type = oneArray(args, true)
      return type === undefined ? undefined : signature([type], type, distinctKernel(type))
    },
  },
  setFunction('array_union', 'union', 'The elements of both arrays, each once.'),
  setFunction('array_intersect', 'intersect', 'The elements of the first array that the second has too, each once.'),
  setFunction('array_except', 'except', 'The elements of the first array that the second has not, each once.'),
  {
    name: 'arrays_overlap',
    arity: [2, 2],
    usage: 'arrays_overlap(array, array) -> boolean',
    doc: 'Whether the arrays have an element in common; null where only a null could be it.',
    safe: true,
    resolve: args => {
      const type = commonArray('arrays_overlap', args)
      return type === undefined ? undefined : signature([type, type], booleanType, overlapKernel(type), type.containsNull)
    },
  },
]
