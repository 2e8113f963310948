/** Structs, and hashes over several values. */
import { call } from '../column.ts'
import type { Column, ValueIn } from '../column-types.ts'
import type { Value } from './arguments.ts'

/** A struct of the values under the given names: `struct({ from: origin, to: dest })`. Spark's `struct` and `named_struct`. */
export function struct<const F extends { readonly [name: string]: Value }>(fields: F): Column<{ -readonly [K in keyof F]: ValueIn<F[K]> }> {
  return call('named_struct', ...Object.entries(fields).flat())
}

/** A Murmur3 hash of all arguments with seed 42, the same as in Spark; nulls change nothing. */
export function hash(...values: readonly [Value, ...Value[]]): Column<number> {
  return call('hash', ...values)
}

/** A 64-bit xxHash of all arguments with seed 42, the same as in Spark; nulls change nothing. */
export function xxhash64(...values: readonly [Value, ...Value[]]): Column<bigint> {
  return call('xxhash64', ...values)
}
