import { andValidity } from '../../columnar/bitmap.ts'
import { type Field, field, stringType, structType } from '../../columnar/data-type.ts'
import { Vector, withValidity } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel, ResolvedArgument } from '../function-table.ts'
import { signature } from './define.ts'

/** The fields of a struct as columns of their own: null where the struct is. */
export function fieldVectors(struct: Vector): readonly Vector[] {
  const { validity } = struct
  if (validity === null) return struct.children
  return struct.children.map(child => withValidity(child, andValidity(validity, child.validity, struct.length)))
}

function structKernel(fields: readonly Field[], first: number, step: number): Kernel {
  const type = structType(fields)
  return (args, length) => new Vector(type, length, null, null, null, fields.map((_, k) => args[first + k * step]))
}

function fieldOf(name: string, arg: ResolvedArgument): Field {
  return field(name, arg.type, arg.nullable)
}

export const structFunctions: readonly FunctionEntry[] = [
  {
    name: 'struct',
    arity: [1, Infinity],
    usage: 'struct(value, ...) -> struct',
    doc: 'A struct of the values, with fields col1, col2 and so on; named_struct() takes names.',
    nulls: 'own',
    safe: true,
    resolve: args => {
      const fields = args.map((arg, k) => fieldOf(`col${k + 1}`, arg))
      return signature(args.map(a => a.type), structType(fields), structKernel(fields, 0, 1))
    },
  },
  {
    name: 'named_struct',
    arity: [2, Infinity],
    usage: 'named_struct(name: string literal, value, ...) -> struct',
    doc: 'A struct of the values under the given names.',
    nulls: 'own',
    safe: true,
    resolve: args => {
      if (args.length % 2 !== 0) return undefined
      const fields: Field[] = []
      for (let k = 0; k < args.length; k += 2) {
        const name = args[k].literal
        if (args[k].type.kind !== 'string' || typeof name !== 'string' || fields.some(f => f.name === name)) return undefined
        fields.push(fieldOf(name, args[k + 1]))
      }
      const types = args.map((a, k) => (k % 2 === 0 ? stringType : a.type))
      return signature(types, structType(fields), structKernel(fields, 1, 2))
    },
  },
]
