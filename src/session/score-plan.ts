import type { Json } from '../common/json.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import type { LoadedModel } from './loaded-model.ts'
import { column } from './names.ts'
import type { Names, Simplify } from './data-frame.ts'

export interface ScoreOptions<R, O extends { readonly [column: string]: string }, D extends string> {
  /** New column → output of the model, such as `{ p_late: 'probability' }`. */
  readonly output: O
  /** Input of the model → column, where the names differ. */
  readonly input?: { readonly [input: string]: Names<R> }
  /** A further column with the digest of the model that scored the row. */
  readonly digest?: D
}

type OutputValue<N> = N extends 'probabilities' ? Float64Array : N extends 'probability' | 'margin' ? number : number

export type ScoredRow<R, O, D extends string> = Simplify<R & { [K in keyof O]: OutputValue<O[K]> } & { [K in D]: string }>

export function scorePlan<O extends { readonly [column: string]: string }, D extends string>(input: LogicalPlan, model: LoadedModel, options: ScoreOptions<never, O, D>): LogicalPlan {
  const mapped = options.input as { readonly [input: string]: string } | undefined
  const inputs = model.signature.inputs.map((i): NamedExpr => ({ name: i.name, expr: column(mapped?.[i.name] ?? i.name) }))
  const outputs = Object.entries(options.output).map(([name, output]) => ({ column: name, output }))
  return Object.freeze({
    kind: 'score',
    input,
    model: Object.freeze({ digest: model.digest, format: model.signature.format, label: model.label, signature: model.signature as unknown as Json }),
    inputs,
    outputs,
    digestColumn: options.digest ?? null,
  })
}
