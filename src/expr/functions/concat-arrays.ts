import type { ResolvedArgument, Signature } from '../function-table.ts'

/** concat() of arrays; undefined where the arguments are not all arrays of one kind. */
export function concatArraysSignature(args: readonly ResolvedArgument[]): Signature | undefined {
  void args
  return undefined
}

/** reverse() of an array. */
export function reverseArraySignature(args: readonly ResolvedArgument[]): Signature | undefined {
  void args
  return undefined
}
