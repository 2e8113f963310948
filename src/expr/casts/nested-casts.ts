import { andValidity } from '../../columnar/bitmap.ts'
import type { ArrayType, DataType, StructType } from '../../columnar/data-type.ts'
import { take } from '../../columnar/take.ts'
import { isNullAt, Vector, withValidity } from '../../columnar/vector.ts'
import { castKernel } from '../cast.ts'
import type { CastKernel } from './cast-kernel.ts'

/** Casts of arrays element by element and of structs field by field (by position; the target names the fields). */
export function nestedCastKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (from.kind === 'array' && to.kind === 'array') return arrayCast(from, to, mode)
  if (from.kind === 'struct' && to.kind === 'struct') return structCast(from, to, mode)
  return undefined
}

function arrayCast(from: ArrayType, to: ArrayType, mode: 'ansi' | 'try'): CastKernel | undefined {
  const inner = castKernel(from.element, to.element, mode)
  if (inner === undefined) return undefined
  const kernel: CastKernel = (input, length, context) => {
    const list = onlyOwnElements(input, length)
    const elements = inner(list.children[0], list.children[0].length, context)
    return new Vector(to, length, input.validity, null, list.offsets, [elements])
  }
  kernel.safe = inner.safe === true
  return kernel
}

/** Without elements that no present row has (in the slots of nulls, or outside a slice): casting those could raise. */
function onlyOwnElements(list: Vector, length: number): Vector {
  const offsets = list.offsets as Int32Array
  if (list.validity === null && offsets[0] === 0 && offsets[length] === list.children[0].length) return list
  const rows = new Int32Array(length)
  for (let i = 0; i < length; i++) rows[i] = isNullAt(list, i) ? -1 : i
  return take(list, rows)
}

function structCast(from: StructType, to: StructType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (from.fields.length !== to.fields.length) return undefined
  const kernels: CastKernel[] = []
  for (let k = 0; k < to.fields.length; k++) {
    const kernel = castKernel(from.fields[k].type, to.fields[k].type, mode)
    if (kernel === undefined) return undefined
    kernels.push(kernel)
  }
  const kernel: CastKernel = (input, length, context) => {
    const children = input.children.map((child, k) => {
      // A field under a null struct holds anything and must not be looked at.
      const seen = input.validity === null ? child : withValidity(child, andValidity(input.validity, child.validity, length))
      return kernels[k](seen, length, context)
    })
    return new Vector(to, length, input.validity, null, null, children)
  }
  kernel.safe = kernels.every(k => k.safe === true)
  return kernel
}
