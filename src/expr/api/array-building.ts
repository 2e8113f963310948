/** Arrays made, joined and searched. */
import { call } from '../column.ts'
import type { Column, ColumnLike, NullIn, NullOf, Numeric, Operand, ValueIn } from '../column-types.ts'
import type { ElementIn, List, Lists, Time, Value } from './arguments.ts'

/** A value that an array may hold besides its elements. */
type Item<A> = Operand<ElementIn<A>> | null

/** An array of the values, cast to a common type. */
export function array<const A extends readonly Value[]>(...values: A): Column<ValueIn<A[number]>[]> {
  return call('array', ...values)
}

/** The array with the value behind its last element. */
export function arrayAppend<A extends List, const V extends Item<A>>(array: A, value: V): Column<(ElementIn<A> | ValueIn<V>)[] | NullIn<A>> {
  return call('array_append', array, value)
}

/** The array with the value in front of its first element. */
export function arrayPrepend<A extends List, const V extends Item<A>>(array: A, value: V): Column<(ElementIn<A> | ValueIn<V>)[] | NullIn<A>> {
  return call('array_prepend', array, value)
}

/** The array with the value at a position from 1, or from −1 (behind the last) backwards; nulls fill the way to a position beyond its ends. */
export function arrayInsert<A extends List, P extends Numeric, const V extends Item<A>>(array: A, position: P, value: V): Column<(ElementIn<A> | ValueIn<V> | null)[] | NullIn<A | P>> {
  return call('array_insert', array, position, value)
}

/** An array of the value so many times; empty for a count of zero or less. */
export function arrayRepeat<const A extends Value, B extends Numeric>(value: A, count: B): Column<ValueIn<A>[] | NullIn<B>> {
  return call('array_repeat', value, count)
}

/** The elements of the inner arrays in one array; null where an inner array is. */
export function flatten<A extends Lists>(array: A): Column<(NonNullable<ElementIn<A>> extends readonly (infer E)[] ? E : never)[] | NullIn<A> | NullOf<ElementIn<A>>> {
  return call('flatten', array)
}

/**
 * Structs of the elements at one position, with the arrays' names as fields: `arraysZip({ item: items, price: prices })`.
 * Null where a shorter array has ended.
 */
export function arraysZip<const A extends { readonly [name: string]: List }>(arrays: A): Column<{ -readonly [K in keyof A]: ElementIn<A[K]> | null }[] | NullIn<A[keyof A]>> {
  return call('arrays_zip', ...Object.entries(arrays).flat())
}

/** Whether the value is an element; null where it is not found and the array has a null. */
export function arrayContains<A extends List, V extends Operand<ElementIn<A>>>(array: A, value: V): Column<boolean | NullIn<A | V> | NullOf<ElementIn<A>>> {
  return call('array_contains', array, value)
}

/** The elements of both arrays, each once. */
export function arrayUnion<A extends List, B extends ColumnLike<ValueIn<A> | null>>(left: A, right: B): Column<(ElementIn<A> | ElementIn<B>)[] | NullIn<A | B>> {
  return call('array_union', left, right)
}

/** The elements of the first array that the second has too, each once. */
export function arrayIntersect<A extends List, B extends List>(left: A, right: B): Column<ElementIn<A>[] | NullIn<A | B>> {
  return call('array_intersect', left, right)
}

/** The elements of the first array that the second has not, each once. */
export function arrayExcept<A extends List, B extends List>(left: A, right: B): Column<ElementIn<A>[] | NullIn<A | B>> {
  return call('array_except', left, right)
}

/** Whether the arrays have an element in common; null where only a null could be it. */
export function arraysOverlap<A extends List, B extends List>(left: A, right: B): Column<boolean | NullIn<A | B> | NullOf<ElementIn<A>> | NullOf<ElementIn<B>>> {
  return call('arrays_overlap', left, right)
}

/** The values from start to stop, both included: whole numbers by a step of 1 or −1 unless given, dates and timestamps day by day. */
export function sequence<const A extends Numeric | Time, const B extends Numeric | Time, C extends Numeric = never>(start: A, stop: B, step?: C): Column<NonNullable<ValueIn<A>>[] | NullIn<A | B | NoInfer<C>>> {
  return call('sequence', start, stop, step)
}
