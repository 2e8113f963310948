import type { DataType, Field } from '../columnar/data-type.ts'
import type { Vector } from '../columnar/vector.ts'
import type { EvalContext, ResolvedArgument } from './function-table.ts'

/** What a generator makes of a batch: output row i belongs to input row rows[i] (in order), with these columns. */
export interface Generated {
  readonly rows: Int32Array
  readonly columns: readonly Vector[]
}

export interface GeneratorSignature {
  /** Types that the arguments are cast to first. */
  readonly args: readonly DataType[]
  /** The columns it puts out, with the names they have unless the query gives others. */
  readonly fields: readonly Field[]
  readonly kernel: (args: readonly Vector[], length: number, context: EvalContext) => Generated
}

/** A function that makes any number of rows of one: explode() and its kin. May stand once in select(), at the top. */
export interface GeneratorEntry {
  readonly name: string
  readonly arity: readonly [min: number, max: number]
  readonly usage: string
  readonly doc: string
  /** Answers undefined when the types do not fit. */
  readonly resolve: (args: readonly ResolvedArgument[]) => GeneratorSignature | undefined
}
