/** Functions of arrays. Positions count from 1, or from −1 backwards; `at()` of columns and get() count from 0. */
import { call } from '../column.ts'
import type { Column, NullIn, Nullable, Numeric } from '../column-types.ts'
import type { ElementIn, List, Text, Truth, Value } from './arguments.ts'

/** The number of elements; null for a null array. */
export function size<A extends List>(array: A): Column<number | NullIn<A>> {
  return call('size', array)
}

/** The number of elements; null for a null array. */
export function arraySize<A extends List>(array: A): Column<number | NullIn<A>> {
  return call('array_size', array)
}

/** The element at a position from 0, null outside the array. */
export function get<A extends List, B extends Numeric>(array: A, index: B): Column<Nullable<ElementIn<A>>> {
  return call('get', array, index)
}

/** The element at a position from 1, or from −1 backwards; null outside the array. */
export function tryElementAt<A extends List, B extends Numeric>(array: A, index: B): Column<Nullable<ElementIn<A>>> {
  return call('try_element_at', array, index)
}

/** The position of the first such element, from 1; 0 where there is none. */
export function arrayPosition<A extends List, B extends Value>(array: A, value: B): Column<number | NullIn<A | B>> {
  return call('array_position', array, value)
}

/** The array without the elements that equal the value; nulls stay. */
export function arrayRemove<A extends List, B extends Value>(array: A, value: B): Column<ElementIn<A>[] | NullIn<A | B>> {
  return call('array_remove', array, value)
}

/** The array without its nulls. */
export function arrayCompact<A extends List>(array: A): Column<NonNullable<ElementIn<A>>[] | NullIn<A>> {
  return call('array_compact', array)
}

/** Each element once, in the order of its first occurrence. */
export function arrayDistinct<A extends List>(array: A): Column<ElementIn<A>[] | NullIn<A>> {
  return call('array_distinct', array)
}

/** The largest element, nulls passed over; NaN is the largest number. */
export function arrayMax<A extends List>(array: A): Column<Nullable<NonNullable<ElementIn<A>>>> {
  return call('array_max', array)
}

/** The smallest element, nulls passed over. */
export function arrayMin<A extends List>(array: A): Column<Nullable<NonNullable<ElementIn<A>>>> {
  return call('array_min', array)
}

/** The elements joined by a separator; nulls are left out unless a replacement is given. */
export function arrayJoin<A extends List, B extends Text, C extends Text = never>(array: A, separator: B, nullReplacement?: C): Column<string | NullIn<A | B | NoInfer<C>>> {
  return call('array_join', array, separator, nullReplacement)
}

/** The elements in ascending order, nulls last. */
export function arraySort<A extends List>(array: A): Column<ElementIn<A>[] | NullIn<A>> {
  return call('array_sort', array)
}

/** The elements in order, nulls first; descending with nulls last where the second argument is false. */
export function sortArray<A extends List, B extends Truth = never>(array: A, ascending?: B): Column<ElementIn<A>[] | NullIn<A | NoInfer<B>>> {
  return call('sort_array', array, ascending)
}

/** The elements in an order drawn from the seed of the batch. */
export function shuffle<A extends List>(array: A): Column<ElementIn<A>[] | NullIn<A>> {
  return call('shuffle', array)
}

/** The elements from a position from 1, or from −1 backwards, at most so many. */
export function slice<A extends List, B extends Numeric, C extends Numeric>(array: A, start: B, length: C): Column<ElementIn<A>[] | NullIn<A | B | C>> {
  return call('slice', array, start, length)
}
