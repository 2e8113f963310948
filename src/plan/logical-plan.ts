import type { Schema } from '../columnar/schema.ts'
import type { Json } from '../common/json.ts'
import type { ProviderSpec } from '../common/provider-spec.ts'
import type { Expr, LiteralExpr } from '../expr/expr.ts'

/** What a query computes: a frozen tree of nodes, JSON-safe, without a word on how it is run. */
export type LogicalPlan =
  | ScanNode
  | ProjectNode
  | FilterNode
  | GenerateNode
  | WatermarkNode
  | AggregateNode
  | UnionNode
  | JoinNode
  | ScoreNode

export interface NamedExpr {
  readonly name: string
  readonly expr: Expr
}

/** A source. `name` is its name on disk, unique within a query. */
export interface ScanNode {
  readonly kind: 'scan'
  readonly name: string
  readonly source: ProviderSpec
  /** All columns that the source has, as declared. */
  readonly declared: Schema
  /** Columns that are read: all, or those that the query needs. */
  readonly schema: Schema
  readonly streaming: boolean
}
export interface ProjectNode {
  readonly kind: 'project'
  readonly input: LogicalPlan
  readonly columns: readonly NamedExpr[]
}
export interface FilterNode {
  readonly kind: 'filter'
  readonly input: LogicalPlan
  readonly condition: Expr
}
/** explode() and its kin: each input row becomes as many rows as the generator gives, the other columns repeated. */
export interface GenerateNode {
  readonly kind: 'generate'
  readonly input: LogicalPlan
  readonly generator: string
  readonly args: readonly Expr[]
  /** Names of the generator's columns. */
  readonly names: readonly string[]
}
export interface WatermarkNode {
  readonly kind: 'watermark'
  readonly input: LogicalPlan
  readonly column: string
  readonly delayMicros: number
}
/** Grouped aggregation. A key may be a window; aggregates are bare aggregate calls (composites are split by the analyser). */
export interface AggregateNode {
  readonly kind: 'aggregate'
  readonly input: LogicalPlan
  /** Name on disk; null until assigned. */
  readonly name: string | null
  readonly keys: readonly NamedExpr[]
  readonly aggregates: readonly NamedExpr[]
}
/** Rows of all inputs, matched by position; the names are those of the first. */
export interface UnionNode {
  readonly kind: 'union'
  readonly inputs: readonly LogicalPlan[]
}
export interface JoinNode {
  readonly kind: 'join'
  readonly left: LogicalPlan
  readonly right: LogicalPlan
  readonly how: JoinKind
  /** Pairs of expressions over the left and the right side that must be equal (null never is). */
  readonly keys: readonly { readonly left: Expr; readonly right: Expr }[]
  /** A further condition over the columns of both sides, by their output names. */
  readonly condition: Expr | null
  /** Columns of the right side that the result leaves out (they repeat the left key). */
  readonly dropRight: readonly string[]
}
export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'leftSemi' | 'leftAnti' | 'cross'

/** Scores every row with a model. */
export interface ScoreNode {
  readonly kind: 'score'
  readonly input: LogicalPlan
  readonly model: ModelReference
  /** Model input → expression over the row. */
  readonly inputs: readonly NamedExpr[]
  /** Output column → model output. */
  readonly outputs: readonly { readonly column: string; readonly output: string }[]
  /** Further columns: who scored the row. */
  readonly provenance: readonly { readonly column: string; readonly fact: ProvenanceFact }[]
  /** A further column: the inputs that moved the row's answer most, with their contributions. */
  readonly explain: { readonly column: string; readonly topK: number } | null
  readonly onInvalid: OnInvalid
  /** What stands in for the model at rows that it fails at. */
  readonly fallback: ScoreFallback | null
  readonly limits: ScoreLimits
  /** Rows are shared out among several models; absent: all are `model`'s. */
  readonly route?: ScoreRoute
  /** Models whose answers are only compared with those that come out. */
  readonly shadow?: ScoreShadow
}

/** Which of several models scores a row: the one in whose share the hash of a column falls. */
export interface ScoreRoute {
  /** What the models are versions of. */
  readonly name: string
  /** A column of the input. */
  readonly by: string
  /** Goes into the hash: another one shuffles the rows anew. */
  readonly salt: string
  /** In the order of their shares. */
  readonly targets: readonly { readonly label: string; readonly model: ModelReference }[]
  /** Shares at the start, of their sum. */
  readonly weights: { readonly [label: string]: number }
}

export interface ScoreShadow {
  readonly models: readonly ModelReference[]
  /** Numbers that differ by no more agree. */
  readonly tolerance: number
}

/**
 * What is said of the model that scored a row: its name and version in a registry (null for one from a file), the digest of its
 * bytes, and the route that the row took: `model` or the label of its route, or `fallback` where the model failed.
 */
export type ProvenanceFact = 'name' | 'version' | 'digest' | 'route'

/**
 * What becomes of a row with an input that is missing, a category that the model does not know, a value of a wrong kind, or that
 * the model refuses: scored as the model's library would, failed, left out, or handed to the dead letters.
 */
export type OnInvalid = 'keep' | 'error' | 'skip' | 'deadLetter'

/** Outputs in the order of the node's: another model's, or constants. */
export type ScoreFallback =
  | { readonly kind: 'model'; readonly model: ModelReference; readonly inputs: readonly NamedExpr[] }
  | { readonly kind: 'constants'; readonly values: readonly LiteralExpr[] }

/** How much a model is given at a time. Scores do not depend on it. */
export interface ScoreLimits {
  readonly maxRows: number
  /** How long one call should take; the rows of the next one follow from it. */
  readonly budgetMs: number
}

/** A model in a plan: what is needed to type it, and which bytes it is. The bytes travel beside the plan. */
export interface ModelReference {
  readonly digest: string
  /** `name@alias` of a model that may be swapped while the query runs; absent for one that stays. */
  readonly reference?: string
  readonly format: string
  readonly label: string
  /** Of a model of a registry: what it is called there, and its version when the plan was made. */
  readonly name?: string
  readonly version?: string
  /** The model's signature as data. */
  readonly signature: Json
}

export function childrenOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'scan':
      return []
    case 'union':
      return plan.inputs
    case 'join':
      return [plan.left, plan.right]
    default:
      return [plan.input]
  }
}

/** The same node over other inputs. */
export function withChildren(plan: LogicalPlan, children: readonly LogicalPlan[]): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
      return plan
    case 'union':
      return Object.freeze({ ...plan, inputs: Object.freeze([...children]) })
    case 'join':
      return Object.freeze({ ...plan, left: children[0], right: children[1] })
    default:
      return Object.freeze({ ...plan, input: children[0] })
  }
}

/** Rebuilds a plan from the leaves up. */
export function transformUp(plan: LogicalPlan, f: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  const children = childrenOf(plan)
  const changed = children.map(child => transformUp(child, f))
  return f(changed.every((c, i) => c === children[i]) ? plan : withChildren(plan, changed))
}

/** Every node, parents before children, left to right. */
export function* nodesOf(plan: LogicalPlan): Iterable<LogicalPlan> {
  yield plan
  for (const child of childrenOf(plan)) yield* nodesOf(child)
}

export function isStreaming(plan: LogicalPlan): boolean {
  return plan.kind === 'scan' ? plan.streaming : childrenOf(plan).some(isStreaming)
}
