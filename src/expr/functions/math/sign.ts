import { type DataType, float64Type, isNumeric } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { overflow } from '../arithmetic.ts'
import { isPresent, signature } from '../define.ts'

/** −x or |x| in the type of x. The smallest int and bigint have no positive twin and overflow. */
function signKernel(type: DataType, what: 'negative' | 'abs'): Kernel {
  return ([a], length, validity) => {
    if (type.kind === 'int64') {
      const x = a.values as BigInt64Array
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) {
        if (!isPresent(validity, i)) continue
        if (x[i] === -(2n ** 63n)) throw overflow(`${what}(${x[i]}) (bigint)`)
        out[i] = what === 'abs' && x[i] >= 0n ? x[i] : -x[i]
      }
      return new Vector(type, length, validity, out)
    }
    const x = a.values as Float64Array | Int32Array
    const out = type.kind === 'int32' ? new Int32Array(length) : new Float64Array(length)
    const isWhole = type.kind !== 'float64'
    for (let i = 0; i < length; i++) {
      if (type.kind === 'int32' && x[i] === -2147483648 && isPresent(validity, i)) throw overflow(`${what}(${x[i]}) (int)`)
      const value = what === 'abs' ? Math.abs(x[i]) : -x[i]
      // Whole numbers have no −0.
      out[i] = isWhole ? value + 0 : value
    }
    return new Vector(type, length, validity, out)
  }
}

function ofNumber(name: string, usage: string, doc: string, kernel: (type: DataType) => Kernel, safe: boolean): FunctionEntry {
  return {
    name,
    arity: [1, 1],
    usage,
    doc,
    safe,
    resolve: ([x]) => {
      const type = isNumeric(x.type) ? x.type : x.type.kind === 'string' || x.type.kind === 'null' ? float64Type : undefined
      return type === undefined ? undefined : signature([type], type, kernel(type))
    },
  }
}

export const signFunctions: readonly FunctionEntry[] = [
  ofNumber('negative', 'negative(x: number), or -x', 'The number with the other sign; overflow raises.', type => signKernel(type, 'negative'), false),
  ofNumber('positive', 'positive(x: number), or +x', 'The number itself.', () => ([a]) => a, true),
  ofNumber('abs', 'abs(x: number)', 'The number without its sign; overflow raises.', type => signKernel(type, 'abs'), false),
]
