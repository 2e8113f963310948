import { type DataType, binaryType, stringType } from '../../../columnar/data-type.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import { BytesReader, isNullAt, Vector } from '../../../columnar/vector.ts'
import { ByteScratch } from '../../byte-scratch.ts'
import { implicitlyCasts } from '../../coercion.ts'
import type { FunctionEntry, Kernel, ResolvedArgument } from '../../function-table.ts'
import { concatArraysSignature, reverseArraySignature } from '../concat-arrays.ts'
import { isPresent, rowKernel, signature } from '../define.ts'
import { reverseTextKernel } from './case.ts'
import { valueTooLarge } from './text-kernels.ts'

/** Two passes: the offsets first, so that the bytes are copied once into memory of the right size. */
function concatKernel(type: DataType): Kernel {
  return (args, length, validity) => {
    const readers = args.map(a => new BytesReader(a))
    const offsets = new Int32Array(length + 1)
    let total = 0
    for (let i = 0; i < length; i++) {
      if (isPresent(validity, i)) for (const r of readers) total += r.end(i) - r.start(i)
      if (total > 0x7fffffff) throw valueTooLarge('concat', total)
      offsets[i + 1] = total
    }
    const bytes = new Uint8Array(total)
    for (let i = 0; i < length; i++) {
      let at = offsets[i]
      if (offsets[i + 1] === at) continue
      for (const r of readers) {
        const source = r.bytes
        const end = r.end(i)
        for (let k = r.start(i); k < end; k++) bytes[at++] = source[k]
      }
    }
    return new Vector(type, length, validity, bytes, offsets)
  }
}

const reverseBytesKernel = rowKernel([binaryType], binaryType, bytes => bytes.slice().reverse())

/** Null separator: null. Null items are left out; the items of array arguments count one by one. */
const concatWsKernel: Kernel = (args, length) => {
  const [separators, ...items] = args
  const separator = new BytesReader(separators)
  const readers = items.map(v => new BytesReader(v.type.kind === 'array' ? v.children[0] : v))
  const out = new VectorBuilder(stringType, Math.max(8, length))
  const row = new ByteScratch()
  let any = false
  const add = (reader: BytesReader, at: number, i: number): void => {
    if (any) row.add(separator.bytes, separator.start(i), separator.end(i))
    any = true
    row.add(reader.bytes, reader.start(at), reader.end(at))
  }
  for (let i = 0; i < length; i++) {
    if (isNullAt(separators, i)) {
      out.appendNull()
      continue
    }
    any = false
    for (let k = 0; k < items.length; k++) {
      const v = items[k]
      if (isNullAt(v, i)) continue
      if (v.type.kind !== 'array') {
        add(readers[k], i, i)
        continue
      }
      const offsets = v.offsets as Int32Array
      for (let at = offsets[i]; at < offsets[i + 1]; at++) if (!isNullAt(v.children[0], at)) add(readers[k], at, i)
    }
    row.flush(out)
  }
  return out.finish()
}

function concatWsTypes(args: readonly ResolvedArgument[]): DataType[] {
  return args.map((a, k) => (k > 0 && a.type.kind === 'array' ? { kind: 'array', element: stringType, containsNull: true } : stringType))
}

export const concatFunctions: readonly FunctionEntry[] = [
  {
    name: 'concat',
    aliases: ['||'],
    arity: [0, Infinity],
    usage: 'concat(value: string | binary | array, ...)',
    doc: 'The values one after the other; other types are written as text. Null if any is null.',
    resolve: args => {
      if (args.some(a => a.type.kind === 'array')) return concatArraysSignature(args)
      const type = args.length > 0 && args.every(a => a.type.kind === 'binary') ? binaryType : stringType
      if (args.some(a => !implicitlyCasts(a.type, type))) return undefined
      return signature(args.map(() => type), type, concatKernel(type))
    },
  },
  {
    name: 'concat_ws',
    arity: [1, Infinity],
    usage: 'concat_ws(separator: string, value: string | array<string>, ...) -> string',
    doc: 'The values joined by a separator; nulls are left out, arrays give their items. Null where the separator is null.',
    nulls: 'own',
    safe: true,
    resolve: args => signature(concatWsTypes(args), stringType, concatWsKernel, args[0].nullable),
  },
  {
    name: 'reverse',
    arity: [1, 1],
    usage: 'reverse(value: string | binary | array)',
    doc: 'The characters of a text, the bytes of a binary value, or the items of an array, in opposite order.',
    safe: true,
    resolve: args => {
      const { kind } = args[0].type
      if (kind === 'array') return reverseArraySignature(args)
      return kind === 'binary' ? signature([binaryType], binaryType, reverseBytesKernel) : signature([stringType], stringType, reverseTextKernel)
    },
  },
]
