/** Generators: any number of rows of one. Each gives columns of its own, which may stand in select() only. */
import { callExpr } from '../column.ts'
import type { ElementOf, ValueIn } from '../column-types.ts'
import type { CallExpr } from '../expr.ts'
import type { ElementIn, List, Value } from './arguments.ts'

/** A column that a generator makes. It stands at the top of a column of select(): `select({ item: explode(items) })`. */
export interface Generated<T> {
  readonly kind: 'generated'
  /** The generator's call. */
  readonly expr: CallExpr
  /** Which of its columns: by position, or by name. */
  readonly field: number | string
  readonly '~type'?: T
}

/** One row per element of the array; none for an empty or null array. */
export function explode<A extends List>(array: A): Generated<ElementIn<A>> {
  return generated(callExpr('explode', array), 0)
}

/** One row per element of the array; a row of nulls for an empty or null array. */
export function explodeOuter<A extends List>(array: A): Generated<ElementIn<A> | null> {
  return generated(callExpr('explode_outer', array), 0)
}

/**
 * One row per element of the array, with its position from 0; none for an empty or null array. Gives two columns:
 * `select('id', ({ items }) => posexplode(items))`, or under other names `({ items }) => { const { pos, col } = …`.
 */
export function posexplode<A extends List>(array: A): { readonly pos: Generated<number>; readonly col: Generated<ElementIn<A>> } {
  const call = callExpr('posexplode', array)
  return { pos: generated(call, 0), col: generated(call, 1) }
}

/** One row per element of the array, with its position from 0; a row of nulls for an empty or null array. */
export function posexplodeOuter<A extends List>(array: A): { readonly pos: Generated<number | null>; readonly col: Generated<ElementIn<A> | null> } {
  const call = callExpr('posexplode_outer', array)
  return { pos: generated(call, 0), col: generated(call, 1) }
}

type StructIn<A> = NonNullable<ElementOf<ValueIn<A>>>

/** One row per struct of the array, its fields as columns; none for an empty or null array. Takes the names of the fields that are wanted. */
export function inline<A extends List, const N extends readonly (keyof StructIn<A> & string)[]>(array: A, fields: N): { readonly [K in N[number]]: Generated<StructIn<A>[K]> } {
  return fieldsOf(callExpr('inline', array), fields) as { readonly [K in N[number]]: Generated<StructIn<A>[K]> }
}

/** One row per struct of the array, its fields as columns; a row of nulls for an empty or null array. Takes the names of the fields that are wanted. */
export function inlineOuter<A extends List, const N extends readonly (keyof StructIn<A> & string)[]>(array: A, fields: N): { readonly [K in N[number]]: Generated<StructIn<A>[K] | null> } {
  return fieldsOf(callExpr('inline_outer', array), fields) as { readonly [K in N[number]]: Generated<StructIn<A>[K] | null> }
}

/** Spreads the values over the given number of rows; missing ones at the end are null. Takes the names of its columns: `stack(2, ['kind', 'value'], 'a', a, 'b', b)`. */
export function stack<const N extends readonly string[], const V extends readonly Value[]>(rows: number, names: N, ...values: V): { readonly [K in N[number]]: Generated<ValueIn<V[number]> | null> } {
  const call = callExpr('stack', rows, ...values)
  return Object.fromEntries(names.map((name, k) => [name, generated(call, k)])) as unknown as { readonly [K in N[number]]: Generated<ValueIn<V[number]> | null> }
}

function generated<T>(expr: CallExpr, field: number | string): Generated<T> {
  return Object.freeze({ kind: 'generated', expr, field })
}

function fieldsOf(call: CallExpr, names: readonly string[]): { readonly [name: string]: Generated<unknown> } {
  return Object.fromEntries(names.map(name => [name, generated(call, name)]))
}
