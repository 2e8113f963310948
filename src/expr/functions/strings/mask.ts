import { makeError } from '../../../common/errors.ts'
import { stringType } from '../../../columnar/data-type.ts'
import { isNullAt } from '../../../columnar/vector.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { signature, StringReader } from '../define.ts'

const defaults = ['X', 'x', 'n', null] as const

/** The character that stands for one of the text: by upper case, lower case, digit, other; null keeps it. */
function masked(c: string, [upper, lower, digit, other]: readonly (string | null)[]): string {
  if (/\p{Lu}/u.test(c)) return upper ?? c
  if (/\p{Ll}/u.test(c)) return lower ?? c
  if (/\p{Nd}/u.test(c)) return digit ?? c
  return other ?? c
}

/** Nulls among the replacements mean "keep", so the kernel looks at them itself. */
const maskKernel: Kernel = ([texts, ...replacements], length) => {
  const text = new StringReader(texts)
  const readers = replacements.map(r => new StringReader(r))
  const out = new VectorBuilder(stringType, Math.max(8, length))
  for (let i = 0; i < length; i++) {
    if (isNullAt(texts, i)) {
      out.appendNull()
      continue
    }
    const by = defaults.map((standard, k) => (k >= readers.length ? standard : isNullAt(replacements[k], i) ? null : readers[k].at(i)))
    out.appendString(Array.from(text.at(i), c => masked(c, by)).join(''))
  }
  return out.finish()
}

export const maskFunctions: readonly FunctionEntry[] = [
  {
    name: 'mask',
    arity: [1, 5],
    usage: 'mask(text: string[, upper: string[, lower: string[, digit: string[, other: string]]]]) -> string',
    doc: 'The text with upper-case letters, lower-case letters, digits and other characters replaced by X, x, n and themselves, or by the given ones; null keeps a kind.',
    nulls: 'own',
    safe: true,
    exact: true,
    resolve: args => {
      for (const { literal, type } of args.slice(1)) {
        if (type.kind !== 'string' || typeof literal !== 'string' || [...literal].length === 1) continue
        throw makeError('PLAN_TYPE_MISMATCH', `mask() replaces by one character, but got ${JSON.stringify(literal)}. Give one character, or null to keep what stands there.`, {
          context: { replacement: literal },
          spark: 'DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE',
        })
      }
      return signature(args.map(() => stringType), stringType, maskKernel, args[0].nullable)
    },
  },
]
