import { makeError } from '../../common/errors.ts'
import { dateType, int32Type } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { Kernel, ResolvedArgument, Signature } from '../function-table.ts'
import { signature } from './define.ts'

/** Whole days added to or taken from a date. */
export function addDays(sign: 1 | -1, dateAt: 0 | 1): Kernel {
  return (args, length, validity) => {
    const days = args[dateAt].values as Int32Array
    const more = args[1 - dateAt].values as Int32Array
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) out[i] = days[i] + sign * more[i]
    return new Vector(dateType, length, validity, out)
  }
}

/**
 * The signature of `+` and `−` with a date among the operands, undefined when there is none.
 * @throws AnalysisError PLAN_UNSUPPORTED_TYPE where the result (or the other operand) would be an interval
 */
export function dateOperator(op: '+' | '-', args: readonly ResolvedArgument[]): Signature | undefined {
  const [a, b] = args.map(arg => arg.type.kind)
  const timely = (kind: string): boolean => kind === 'date' || kind === 'timestamp'
  if (!timely(a) && !timely(b)) return undefined
  if (a === 'date' && (b === 'int32' || b === 'null')) return signature([dateType, int32Type], dateType, addDays(op === '+' ? 1 : -1, 0))
  if (op === '+' && b === 'date' && (a === 'int32' || a === 'null')) return signature([int32Type, dateType], dateType, addDays(1, 1))
  if (op === '-' && timely(a) && (timely(b) || b === 'string')) {
    throw makeError('PLAN_UNSUPPORTED_TYPE', `The difference of a ${a} and a ${b} is an interval, a type that this version does not have. Use datediff() or timestampdiff().`, {
      context: { type: 'interval', left: a, right: b },
    })
  }
  return undefined
}
