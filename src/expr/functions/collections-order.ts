import { type ArrayType, arrayType, booleanType, stringType } from '../../columnar/data-type.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { take } from '../../columnar/take.ts'
import { BytesReader } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { arrayView, eachArray, ElementList, nullTest } from './array-elements.ts'
import { oneArray } from './array-types.ts'
import { rowComparator } from './comparison.ts'
import { isPresent, signature } from './define.ts'

/** Sorting, extremes, shuffling and joining of arrays. */
function sortKernel(type: ArrayType, direction: (args: readonly { readonly values: unknown }[], i: number) => { readonly sign: 1 | -1; readonly nullsFirst: boolean }): Kernel {
  return (args, length, validity) => {
    const view = arrayView(args[0])
    const compare = rowComparator(view.elements, view.elements)
    const isNull = nullTest(view.elements)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end, i) => {
      const { sign, nullsFirst } = direction(args, i)
      list.addRange(start, end)
      list.sortRow((a, b) => {
        const x = isNull(a)
        const y = isNull(b)
        if (x || y) return x === y ? 0 : x === nullsFirst ? -1 : 1
        return compare(a, b) * sign
      })
    })
    return list.finish(type, view.elements, validity)
  }
}

const ascending = { sign: 1, nullsFirst: true } as const
const descending = { sign: -1, nullsFirst: false } as const
const nullsLast = { sign: 1, nullsFirst: false } as const

function extremeKernel(sign: 1 | -1): Kernel {
  return ([array], length, validity) => {
    const { elements, offsets } = arrayView(array)
    const compare = rowComparator(elements, elements)
    const isNull = nullTest(elements)
    const chosen = new Int32Array(length).fill(-1)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      for (let k = offsets[i]; k < offsets[i + 1]; k++) {
        if (!isNull(k) && (chosen[i] < 0 || compare(k, chosen[i]) * sign > 0)) chosen[i] = k
      }
    }
    return take(elements, chosen)
  }
}

function extreme(name: string, sign: 1 | -1, doc: string): FunctionEntry {
  return {
    name,
    arity: [1, 1],
    usage: `${name}(array)`,
    doc,
    safe: true,
    resolve: args => {
      const type = oneArray(args, true)
      return type === undefined ? undefined : signature([type], type.element, extremeKernel(sign), true)
    },
  }
}

/** Fisher and Yates with numbers from the batch's seed and the row's position: a replay shuffles alike. */
function shuffleKernel(type: ArrayType): Kernel {
  return ([array], length, validity, context) => {
    const view = arrayView(array)
    const list = new ElementList(length, view.elements.length)
    eachArray(view, length, validity, list, (start, end, i) => {
      list.addRange(start, end)
      const row = list.row()
      let state = (context.seed ^ Math.imul(context.firstRow + i + 1, 0x9e3779b1)) | 0
      for (let k = row.length - 1; k > 0; k--) {
        state = (state + 0x6d2b79f5) | 0
        let r = Math.imul(state ^ (state >>> 15), state | 1)
        r ^= r + Math.imul(r ^ (r >>> 7), r | 61)
        const other = Math.floor((((r ^ (r >>> 14)) >>> 0) / 4294967296) * (k + 1))
        const moved = row[k]
        row[k] = row[other]
        row[other] = moved
      }
    })
    return list.finish(type, view.elements, validity)
  }
}

/** Text of the elements with a separator between them; nulls are left out, or replaced. */
const joinKernel: Kernel = (args, length, validity) => {
  const { elements, offsets } = arrayView(args[0])
  const items = new BytesReader(elements)
  const separator = new BytesReader(args[1])
  const replacement = args.length === 3 ? new BytesReader(args[2]) : null
  const isNull = nullTest(elements)
  const out = new VectorBuilder(stringType, Math.max(8, length))
  let row = new Uint8Array(256)
  let size = 0
  const add = (reader: BytesReader, i: number): void => {
    const [start, end] = [reader.start(i), reader.end(i)]
    if (size + end - start > row.length) {
      const grown = new Uint8Array((size + end - start) * 2)
      grown.set(row.subarray(0, size))
      row = grown
    }
    row.set(reader.bytes.subarray(start, end), size)
    size += end - start
  }
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) {
      out.appendNull()
      continue
    }
    size = 0
    let any = false
    for (let k = offsets[i]; k < offsets[i + 1]; k++) {
      if (isNull(k) && replacement === null) continue
      if (any) add(separator, i)
      any = true
      if (isNull(k)) add(replacement as BytesReader, i)
      else add(items, k)
    }
    out.appendBytes(row, 0, size)
  }
  return out.finish()
}

export const arrayOrderFunctions: readonly FunctionEntry[] = [
  {
    name: 'sort_array',
    arity: [1, 2],
    usage: 'sort_array(array[, ascending: boolean]) -> array',
    doc: 'The elements in order, nulls first; descending with nulls last where the second argument is false.',
    resolve: args => {
      const type = oneArray(args, true)
      if (type === undefined) return undefined
      const types = args.length === 2 ? [type, booleanType] : [type]
      return signature(types, type, sortKernel(type, (vectors, i) => (vectors.length === 1 || getBit(vectors[1].values as Uint8Array, i) ? ascending : descending)))
    },
  },
  {
    name: 'array_sort',
    arity: [1, 1],
    usage: 'array_sort(array) -> array',
    doc: 'The elements in ascending order, nulls last.',
    resolve: args => {
      const type = oneArray(args, true)
      return type === undefined ? undefined : signature([type], type, sortKernel(type, () => nullsLast))
    },
  },
  extreme('array_max', 1, 'The largest element, nulls passed over; NaN is the largest number.'),
  extreme('array_min', -1, 'The smallest element, nulls passed over.'),
  {
    name: 'shuffle',
    arity: [1, 1],
    usage: 'shuffle(array) -> array',
    doc: 'The elements in an order drawn from the seed of the batch.',
    deterministic: false,
    resolve: args => {
      const type = oneArray(args)
      return type === undefined ? undefined : signature([type], type, shuffleKernel(type))
    },
  },
  {
    name: 'array_join',
    arity: [2, 3],
    usage: 'array_join(array of strings, separator: string[, null replacement: string]) -> string',
    doc: 'The elements joined by a separator; nulls are left out unless a replacement is given.',
    resolve: args => {
      const type = oneArray(args)
      if (type === undefined) return undefined
      return signature([arrayType(stringType, type.containsNull), stringType, stringType].slice(0, args.length), stringType, joinKernel)
    },
  },
]
