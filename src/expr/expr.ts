import type { DataType } from '../columnar/data-type.ts'
import type { Json } from '../common/json.ts'

/**
 * An expression as written: a frozen, JSON-safe tree over column names. It has no types yet; resolve() gives them.
 * Literals hold the value as JSON (see literal.ts): int64 as digits, timestamp as microseconds, date as days, binary as hex.
 */
export type Expr =
  | ColumnExpr
  | LiteralExpr
  | CallExpr
  | CastExpr
  | CaseExpr
  | FieldExpr
  | AggregateExpr
  | WindowExpr
  | ModelExpr

export interface ColumnExpr {
  readonly kind: 'column'
  readonly name: string
}
export interface LiteralExpr {
  readonly kind: 'literal'
  readonly value: Json
  readonly type: DataType
}
/** A function or operator by name: everything in the function table, `+` and `and` included. */
export interface CallExpr {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expr[]
}
export interface CastExpr {
  readonly kind: 'cast'
  readonly input: Expr
  readonly to: DataType
  /** `try`: null where `ansi` raises. */
  readonly mode: 'ansi' | 'try'
}
export interface CaseExpr {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[]
  readonly otherwise: Expr | null
}
/** A field of a struct. */
export interface FieldExpr {
  readonly kind: 'field'
  readonly input: Expr
  readonly name: string
}
/** An aggregate call; allowed in agg() and in having-like filters over it only. */
export interface AggregateExpr {
  readonly kind: 'aggregate'
  readonly name: string
  readonly args: readonly Expr[]
  readonly filter: Expr | null
  readonly distinct: boolean
  readonly ignoreNulls: boolean
}
/** Event-time window as a grouping key; lengths in microseconds. */
export interface WindowExpr {
  readonly kind: 'window'
  readonly input: Expr
  readonly sizeMicros: number
  readonly slideMicros: number
  readonly startMicros: number
}
/**
 * A model of the session as a function over its inputs, in their order. The verbs take it out of an expression: it becomes a
 * column of a score() below, so that nothing that resolves or computes expressions meets it.
 */
export interface ModelExpr {
  readonly kind: 'model'
  readonly name: string
  readonly args: readonly Expr[]
}
