import { type ArrayType, arrayType, type Field, field, type StructType, structType } from '../../columnar/data-type.ts'
import { take } from '../../columnar/take.ts'
import { Vector } from '../../columnar/vector.ts'
import type { Expr } from '../expr.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { arrayView, maxElements, tooManyElements } from './array-elements.ts'
import { isPresent, signature } from './define.ts'
import { withNames } from './structs.ts'

/** Structs of the elements at one position; shorter arrays give nulls at their end. */
function zipKernel(type: ArrayType & { readonly element: StructType }): Kernel {
  return (args, length, validity) => {
    const views = args.filter((_, k) => k % 2 === 1).map(arrayView)
    const offsets = new Int32Array(length + 1)
    for (let i = 0; i < length; i++) {
      let most = 0
      if (isPresent(validity, i)) for (const v of views) most = Math.max(most, v.offsets[i + 1] - v.offsets[i])
      if (offsets[i] + most > maxElements) throw tooManyElements(offsets[i] + most)
      offsets[i + 1] = offsets[i] + most
    }
    const columns = views.map(v => {
      const chosen = new Int32Array(offsets[length]).fill(-1)
      for (let i = 0; i < length; i++) {
        const size = Math.min(offsets[i + 1] - offsets[i], v.offsets[i + 1] - v.offsets[i])
        for (let k = 0; k < size; k++) chosen[offsets[i] + k] = v.offsets[i] + k
      }
      return take(v.elements, chosen)
    })
    return new Vector(type, length, validity, null, offsets, [new Vector(type.element, offsets[length], null, null, null, columns)])
  }
}

export const arrayZipFunctions: readonly FunctionEntry[] = [
  {
    name: 'arrays_zip',
    arity: [1, Infinity],
    usage: 'arrays_zip(array, ...) -> array of structs',
    doc: 'Structs of the elements at one position; columns and fields keep their names, other arrays are called 0, 1 and so on. Null where a shorter array has ended.',
    // Names stand in front of the arrays, as in named_struct(), once they are known.
    rewrite: args => (isName(args[0]) ? undefined : { kind: 'call', name: 'arrays_zip', args: withNames(args, String) }),
    resolve: args => {
      const fields: Field[] = []
      if (args.length % 2 !== 0) return undefined
      for (let k = 0; k < args.length; k += 2) {
        const { type } = args[k + 1]
        const name = args[k].literal
        if (type.kind !== 'array' || typeof name !== 'string' || fields.some(f => f.name === name)) return undefined
        fields.push(field(name, type.element))
      }
      const element = structType(fields)
      const type = { ...arrayType(element, false), element }
      return signature(args.map(a => a.type), type, zipKernel(type))
    },
  },
]

function isName(arg: Expr): boolean {
  return arg.kind === 'literal' && arg.type.kind === 'string'
}
