import { booleanType, type DataType } from '../../columnar/data-type.ts'
import { getBit, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { booleanVector, isNullAt, type Vector } from '../../columnar/vector.ts'
import { commonTypeOf } from '../coercion.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { booleanRows, signature } from './define.ts'
import { operandMismatch } from './operands.ts'

/** Kleene's AND (deciding value false) or OR (true): a null matters only where the other side does not decide. */
function kleene(deciding: boolean): Kernel {
  return ([a, b], length) => {
    const bits = newBitmap(length, false)
    const validity = newBitmap(length, false)
    let anyNull = false
    for (let i = 0; i < length; i++) {
      const an = isNullAt(a, i)
      const bn = isNullAt(b, i)
      const x = !an && getBit(a.values as Uint8Array, i)
      const y = !bn && getBit(b.values as Uint8Array, i)
      if ((!an && x === deciding) || (!bn && y === deciding)) {
        setBit(validity, i)
        if (deciding) setBit(bits, i)
      } else if (an || bn) anyNull = true
      else {
        setBit(validity, i)
        if (!deciding) setBit(bits, i)
      }
    }
    return booleanVector(bits, length, anyNull ? validity : null)
  }
}

const notKernel: Kernel = ([a], length, validity) => {
  const from = a.values as Uint8Array
  const bits = new Uint8Array(from.length)
  for (let i = 0; i < bits.length; i++) bits[i] = ~from[i]
  return booleanVector(bits, length, validity)
}

function isNullKernel(answer: boolean): Kernel {
  return ([a], length) => booleanRows(length, null, i => isNullAt(a, i) === answer)
}

function logical(name: 'and' | 'or', doc: string): FunctionEntry {
  const kernel = kleene(name === 'or')
  return {
    name,
    arity: [2, 2],
    usage: `left ${name} right (booleans)`,
    doc,
    nulls: 'own',
    safe: true,
    mismatch: operandMismatch,
    resolve: () => signature([booleanType, booleanType], booleanType, kernel, true),
  }
}

/** The evaluator computes coalesce itself, so that later arguments are only touched where needed. */
const firstOnly: Kernel = ([a]): Vector => a

export const logicFunctions: readonly FunctionEntry[] = [
  logical('and', 'Three-valued AND.'),
  logical('or', 'Three-valued OR.'),
  {
    name: 'not',
    aliases: ['!'],
    arity: [1, 1],
    usage: 'not condition',
    doc: 'The opposite; null stays null.',
    safe: true,
    resolve: () => signature([booleanType], booleanType, notKernel),
  },
  {
    name: 'isnull',
    arity: [1, 1],
    usage: 'isnull(value) -> boolean',
    doc: 'Whether the value is null.',
    nulls: 'own',
    safe: true,
    resolve: args => signature([args[0].type], booleanType, isNullKernel(true)),
  },
  {
    name: 'isnotnull',
    arity: [1, 1],
    usage: 'isnotnull(value) -> boolean',
    doc: 'Whether the value is not null.',
    nulls: 'own',
    safe: true,
    resolve: args => signature([args[0].type], booleanType, isNullKernel(false)),
  },
  {
    name: 'coalesce',
    aliases: ['nvl', 'ifnull'],
    arity: [1, Infinity],
    usage: 'coalesce(value, ...)',
    doc: 'The first value that is not null; later ones are computed only where needed.',
    nulls: 'own',
    safe: true,
    mismatch: () => 'DATA_DIFF_TYPES',
    resolve: args => {
      const type: DataType | undefined = commonTypeOf(args.map(a => a.type))
      return type === undefined ? undefined : signature(args.map(() => type), type, firstOnly, args.every(a => a.nullable))
    },
  },
]
