import type { DataType } from '../columnar/data-type.ts'
import type { Vector } from '../columnar/vector.ts'
import type { Expr } from './expr.ts'

/** What a running batch fixes for the expressions in it (a field of the batch record each, so that a replay is equal). */
export interface EvalContext {
  /** Batch clock, microseconds since the epoch: current_timestamp(). */
  readonly nowMicros: number
  /** IANA zone in which timestamps are shown, truncated and parsed. */
  readonly timeZone: string
  /** Seed of random functions, from query, batch and partition. */
  readonly seed: number
  /** Position of the batch's first row within its input partition. */
  readonly firstRow: number
}

/**
 * A kernel computes one call over a whole batch: `args` are vectors of `length` rows, in the types that `resolve`
 * asked for. Unless the entry says `nulls: 'own'`, rows where any argument is null are null in the result already:
 * the evaluator merges validity, passes it as `validity` (null: all present), and the kernel must skip the absent rows
 * (their slots hold anything) and return a vector with that validity (adding nulls where its own rules say so).
 */
export type Kernel = (args: readonly Vector[], length: number, validity: Uint8Array | null, context: EvalContext) => Vector

/** How a call is typed. */
export interface Signature {
  /** Types that the arguments are cast to first (implicit casts only: see coercion.ts). */
  readonly args: readonly DataType[]
  readonly result: DataType
  /** Whether the result can be null although no argument is. */
  readonly nullable: boolean
  readonly kernel: Kernel
}

export interface ResolvedArgument {
  readonly type: DataType
  readonly nullable: boolean
  /** The value of a literal argument as JSON, undefined when it is not a literal. */
  readonly literal: unknown
}

/**
 * One function. Two hundred functions are two hundred entries: name, arguments, result, kernel, doc line.
 */
export interface FunctionEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Number of arguments; `max` Infinity when it is variadic. */
  readonly arity: readonly [min: number, max: number]
  /** For docs and errors, `substring(text: string, start: int, length: int) -> string`. */
  readonly usage: string
  /** One sentence. */
  readonly doc: string
  /** `strict` (default): null if any argument is null. `own`: the kernel decides. */
  readonly nulls?: 'strict' | 'own'
  /**
   * True where the last argument is computed first (divisions). It matters only where a null hides what another argument
   * would raise: strict functions compute their arguments one after the other, each for the rows without a null so far.
   */
  readonly rightFirst?: boolean
  /** True when the kernel never raises: it may then be computed for rows whose value is not needed. Default false. */
  readonly safe?: boolean
  /** True where arguments must be of the asked types as they are: nothing is cast implicitly but among numbers. */
  readonly exact?: boolean
  /** True where a text that is no number makes a null of the call, as its other failures do (try_add). */
  readonly triesCasts?: boolean
  /** The condition (of DATATYPE_MISMATCH) that Spark raises for arguments that do not fit, UNEXPECTED_INPUT_TYPE unless given. */
  readonly mismatch?: (types: readonly DataType[]) => string
  /** False when two calls with equal arguments may differ (rand, uuid): never folded, never deduplicated. Default true. */
  readonly deterministic?: boolean
  /**
   * Puts other nodes in place of the call before it is typed, undefined where the call stands as it is. For functions that
   * are a short way of writing something (`if`, `between`), whose branches must stay as lazy as a case's.
   */
  readonly rewrite?: (args: readonly Expr[]) => Expr | undefined
  /**
   * Chooses the types. Gets the arguments' types, answers undefined when they do not fit (the caller then raises
   * PLAN_TYPE_MISMATCH with `usage`), or throws an error that says more.
   */
  readonly resolve: (args: readonly ResolvedArgument[]) => Signature | undefined
}
