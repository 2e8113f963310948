/** How verbs change the type of rows. */
import type { Carried, Columns, Peer } from '../expr/column-types.ts'
import type { Expr } from '../expr/expr.ts'

/** Flattens a type, so that a hover shows `{ id: string; amount: number }`. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

export type Names<R> = keyof R & string

/**
 * What a callback may give under a name: something of the kinds. One interface and no union, so that the compiler says
 * `Type '"aggregate"' is not assignable to type '"column" | "generated"'`.
 */
export interface OfKind<K extends string> {
  readonly kind: K
  readonly expr: Expr
}

/** What a callback of select() and withColumns() gives: columns by name. */
export type SelectRecord = { readonly [name: string]: OfKind<'column' | 'generated'> }

/** What a callback of groupBy() gives: keys by name. */
export type KeyRecord = { readonly [name: string]: OfKind<'column' | 'window'> }

/** What the callback of agg() gives: aggregates by name. */
export type AggregateRecord = { readonly [name: string]: OfKind<'aggregate'> }

/** The row that a record of columns, generated columns, windows or aggregates makes. */
export type RecordRow<S> = { -readonly [K in keyof S]: Carried<S[K]> }

/** A column by name, or a callback that makes named columns. */
export type Selection<R> = Names<R> | ((columns: Columns<R>) => SelectRecord)

type OneSelected<R, S> = S extends Names<R> ? Pick<R, S> : S extends (columns: never) => infer C ? RecordRow<C> : never

/** The row of the selections of select(). */
export type SelectedRow<R, S extends readonly unknown[]> = Simplify<UnionToIntersection<OneSelected<R, S[number]>>>

export type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never

/** The row with columns added or replaced. */
export type WithColumns<R, A> = Simplify<Omit<R, keyof A> & A>

/** The row under other names. */
export type RenamedRow<R, M> = Simplify<{ [K in keyof R as K extends keyof M ? (M[K] extends string ? M[K] : K) : K]: R[K] }>

/** Names of columns that hold event time: timestamps and windows. */
export type TimeNames<R> = { [K in keyof R]: NonNullable<R[K]> extends Date ? K : NonNullable<R[K]> extends { start: Date; end: Date } ? K : never }[keyof R] & string

/** How a join treats rows without a partner. */
export type JoinHow = 'inner' | 'left' | 'leftSemi' | 'leftAnti'

/** The columns that must be equal: names that both sides have, or a name of the left side → one of the right. */
export type JoinKeys<R, S> = readonly { [K in Names<R> & Names<S>]: Partner<R[K], S, K> }[Names<R> & Names<S>][] | { readonly [K in Names<R>]?: Partner<R[K], S, Names<S>> }

/** Those of the columns `N` whose values can equal ones of type `V`. */
type Partner<V, S, N extends Names<S>> = { [K in N]: NonNullable<S[K]> extends Peer<NonNullable<V>> ? K : never }[N]

/** Columns of the right side that repeat the keys of the left one. */
type RightKeys<On> = On extends readonly (infer N)[] ? N : On[keyof On]

/** The row of a join: the keys once, and the right side's columns nullable where a row may have no partner. */
export type JoinedRow<R, S, On, H> = H extends 'leftSemi' | 'leftAnti' ? R
  : Simplify<R & { [K in Exclude<keyof S, RightKeys<On>>]: H extends 'left' ? S[K] | null : S[K] }>
