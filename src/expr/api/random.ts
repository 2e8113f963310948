/** Random values: a replay of a batch gives the same ones. */
import { call } from '../column.ts'
import type { Column } from '../column-types.ts'

/** A random number from 0 to below 1; a replay of the batch gives the same one. */
export function rand(seed?: number | bigint): Column<number> {
  return call('rand', seed)
}

/** A random number of the standard normal distribution; a replay of the batch gives the same one. */
export function randn(seed?: number | bigint): Column<number> {
  return call('randn', seed)
}

/** A random UUID of version 4; a replay of the batch gives the same one. */
export function uuid(seed?: number | bigint): Column<string> {
  return call('uuid', seed)
}
