import { makeError, type MillraceError } from '../../common/errors.ts'
import { andValidity } from '../../columnar/bitmap.ts'
import { type Field, field, stringType, structType } from '../../columnar/data-type.ts'
import { Vector, withValidity } from '../../columnar/vector.ts'
import type { Expr } from '../expr.ts'
import type { FunctionEntry, Kernel, ResolvedArgument } from '../function-table.ts'
import { makeLiteral } from '../literal.ts'
import { signature } from './define.ts'

/** The fields of a struct as columns of their own: null where the struct is. */
export function fieldVectors(struct: Vector): readonly Vector[] {
  const { validity } = struct
  if (validity === null) return struct.children
  return struct.children.map(child => withValidity(child, andValidity(validity, child.validity, struct.length)))
}

/** Every second argument is a value. */
function structKernel(fields: readonly Field[]): Kernel {
  const type = structType(fields)
  return (args, length) => new Vector(type, length, null, null, null, fields.map((_, k) => args[2 * k + 1]))
}

function fieldOf(name: string, arg: ResolvedArgument): Field {
  return field(name, arg.type, arg.nullable)
}

/** The name that an argument brings along: a column's (its last part) or a field's; undefined for other expressions. */
export function ownName(arg: Expr): string | undefined {
  if (arg.kind === 'field') return arg.name
  return arg.kind === 'column' ? arg.name.slice(arg.name.lastIndexOf('.') + 1) : undefined
}

/** Arguments with a name in front of each. */
export function withNames(args: readonly Expr[], otherwise: (index: number) => string): Expr[] {
  return args.flatMap((arg, k) => [makeLiteral(ownName(arg) ?? otherwise(k), stringType), arg])
}

function duplicateField(name: string): MillraceError {
  return makeError('PLAN_DUPLICATE_COLUMN', `The struct would have the field "${name}" twice. Name its fields with named_struct().`, { context: { name } })
}

export const structFunctions: readonly FunctionEntry[] = [
  {
    name: 'struct',
    arity: [1, Infinity],
    usage: 'struct(value, ...) -> struct',
    doc: 'A struct of the values; columns and fields keep their names, other values are called col1, col2 and so on by position.',
    nulls: 'own',
    safe: true,
    rewrite: args => ({ kind: 'call', name: 'named_struct', args: withNames(args, k => `col${k + 1}`) }),
    resolve: () => undefined,
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
        if (args[k].type.kind !== 'string' || typeof name !== 'string') return undefined
        if (fields.some(f => f.name === name)) throw duplicateField(name)
        fields.push(fieldOf(name, args[k + 1]))
      }
      const types = args.map((a, k) => (k % 2 === 0 ? stringType : a.type))
      return signature(types, structType(fields), structKernel(fields))
    },
  },
]
