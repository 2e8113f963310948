import type { ArrayType } from '../../columnar/data-type.ts'
import type { Kernel, ResolvedArgument, Signature } from '../function-table.ts'
import { arrayView, eachArray, ElementList, joinElements } from './array-elements.ts'
import { commonArray, oneArray } from './array-types.ts'
import { isPresent, signature } from './define.ts'

function concatKernel(type: ArrayType): Kernel {
  return (args, length, validity) => {
    const views = args.map(arrayView)
    const { elements, bases } = joinElements(type.element, views.map(v => v.elements))
    const list = new ElementList(length, elements.length)
    for (let i = 0; i < length; i++) {
      if (isPresent(validity, i)) views.forEach((v, k) => list.addRange(bases[k] + v.offsets[i], bases[k] + v.offsets[i + 1]))
      list.endRow()
    }
    return list.finish(type, elements, validity)
  }
}

/** concat() of arrays; undefined where the arguments are not all arrays of one kind. */
export function concatArraysSignature(args: readonly ResolvedArgument[]): Signature | undefined {
  const type = commonArray('concat', args, true)
  return type === undefined ? undefined : signature(args.map(() => type), type, concatKernel(type))
}

/** reverse() of an array. */
export function reverseArraySignature(args: readonly ResolvedArgument[]): Signature | undefined {
  const type = oneArray(args)
  if (type === undefined) return undefined
  return signature([type], type, ([array], length, validity) => {
    const view = arrayView(array)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end) => {
      for (let k = end - 1; k >= start; k--) list.add(k)
    })
    return list.finish(type, view.elements, validity)
  })
}
