import { binaryType, int32Type, stringType } from '../../../columnar/data-type.ts'
import { makeError } from '../../../common/errors.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { rowFunction } from '../define.ts'

/**
 * What stands before and behind the replaced units (characters or bytes) of a value. Positions count from 1; a negative
 * length means that of the replacement. Sums go round in 32 bits, as in Spark.
 */
function rest<T>(slice: (from: number, to: number) => T, size: number, put: number, position: number, length: number | undefined): readonly [T, T] {
  const piece = (at: number, most: number): T => {
    const from = at > 0 ? at - 1 : at < 0 ? size + at : 0
    return slice(Math.max(0, from), Math.max(0, from + most))
  }
  return [piece(1, (position - 1) | 0), piece((position + (length === undefined || length < 0 ? put : length)) | 0, Infinity)]
}

const ofText = rowFunction({
  name: 'overlay',
  args: [stringType, stringType, int32Type, int32Type],
  required: 3,
  result: stringType,
  usage: 'overlay(value: string | binary, replacement: string | binary, position: int[, length: int])',
  doc: 'The value with the characters (or bytes) from a position on replaced.',
  safe: true,
  row: (text, replacement, position, length: number | undefined) => {
    const chars = [...text]
    const [before, behind] = rest((from, to) => chars.slice(from, to).join(''), chars.length, [...replacement].length, position, length)
    return before + replacement + behind
  },
})

const ofBytes = rowFunction({
  ...ofText,
  args: [binaryType, binaryType, int32Type, int32Type],
  required: 3,
  result: binaryType,
  row: (bytes, replacement, position, length: number | undefined) => {
    const [before, behind] = rest((from, to) => bytes.subarray(from, to), bytes.length, replacement.length, position, length)
    return Buffer.concat([before, replacement, behind])
  },
})

/** Both values must be binary, or none. */
export const overlay: FunctionEntry = {
  ...ofText,
  resolve: args => {
    const binary = args.slice(0, 2).filter(a => a.type.kind === 'binary').length
    if (binary === 1) {
      throw makeError('PLAN_TYPE_MISMATCH', 'overlay() replaces text in text or bytes in bytes, but one value is binary and the other is not. Cast one of them.', {
        context: { types: args.map(a => a.type.kind) },
        spark: 'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
      })
    }
    return (binary === 2 ? ofBytes : ofText).resolve(args)
  },
}
