/** Structs, and hashes over several values. */
import { call } from '../column.ts'
import type { Column, ValueIn } from '../column-types.ts'
import type { Value } from './arguments.ts'

/** A struct of the values under the given names: `struct({ from: origin, to: dest })`. Spark's `named_struct`. */
export function struct<const F extends { readonly [name: string]: Value }>(fields: F): Column<{ -readonly [K in keyof F]: ValueIn<F[K]> }> {
  return call('named_struct', ...Object.entries(fields).flat())
}

/** A struct of the values, with fields col1, col2 and so on. Spark's `struct`. */
export function tuple<const A extends readonly [Value, ...Value[]]>(...values: A): Column<{ [K in keyof A & `${number}` as `col${Next<K>}`]: ValueIn<A[K]> }> {
  return call('struct', ...values)
}

/** Positions from 0 as the names of the table count, from 1. */
type Next<K extends string> = K extends keyof Successors ? Successors[K] : number
type Successors = { '0': 1; '1': 2; '2': 3; '3': 4; '4': 5; '5': 6; '6': 7; '7': 8; '8': 9 }

/** A Murmur3 hash of all arguments with seed 42, the same as in Spark; nulls change nothing. */
export function hash(...values: readonly [Value, ...Value[]]): Column<number> {
  return call('hash', ...values)
}

/** A 64-bit xxHash of all arguments with seed 42, the same as in Spark; nulls change nothing. */
export function xxhash64(...values: readonly [Value, ...Value[]]): Column<bigint> {
  return call('xxhash64', ...values)
}
