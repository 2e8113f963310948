import { makeSchema } from '../columnar/schema.ts'
import type { Expr } from '../expr/expr.ts'
import { outputSchema } from './output-schema.ts'
import { childrenOf, type LogicalPlan, type ScanNode } from './logical-plan.ts'

/** What a query gives beside its result, and so needs columns for. */
export interface Kept {
  /** Rows that come too late are handed on whole: the first aggregation gets every column, used or not. */
  readonly lateRows: boolean
}

/**
 * Narrows every scan to the columns that the query needs: what is not decoded costs nothing. A scan that occurs twice
 * stays one node, with the columns of both uses.
 */
export function pruneColumns(plan: LogicalPlan, kept: Kept = { lateRows: false }): LogicalPlan {
  const needed = new Map<ScanNode, Set<string>>()
  collect(plan, new Set(outputSchema(plan).fields.map(f => f.name)), needed, kept)
  const narrowed = new Map<ScanNode, ScanNode>()
  for (const [scan, names] of needed) {
    // A source without any needed column still has to be counted: it keeps its first one.
    const fields = scan.schema.fields.filter((f, i) => names.has(f.name) || (names.size === 0 && i === 0))
    narrowed.set(scan, fields.length === scan.schema.fields.length ? scan : Object.freeze({ ...scan, schema: makeSchema(fields) }))
  }
  return rebuild(plan, narrowed, new Set(outputSchema(plan).fields.map(f => f.name)), kept)
}

/** Names of columns that an expression reads. */
export function columnsOf(expr: Expr, into: Set<string>): void {
  switch (expr.kind) {
    case 'column':
      into.add(expr.name)
      return
    case 'literal':
      return
    case 'call':
    case 'model':
      for (const a of expr.args) columnsOf(a, into)
      return
    case 'cast':
    case 'field':
    case 'window':
      columnsOf(expr.input, into)
      return
    case 'case':
      for (const b of expr.branches) {
        columnsOf(b.when, into)
        columnsOf(b.then, into)
      }
      if (expr.otherwise !== null) columnsOf(expr.otherwise, into)
      return
    case 'aggregate':
      for (const a of expr.args) columnsOf(a, into)
      if (expr.filter !== null) columnsOf(expr.filter, into)
  }
}

function reads(exprs: readonly Expr[]): Set<string> {
  const names = new Set<string>()
  for (const e of exprs) columnsOf(e, names)
  return names
}

/** The columns of each input that a node needs to give `wanted`. */
function inputNeeds(plan: LogicalPlan, wanted: ReadonlySet<string>, kept: Kept): ReadonlySet<string>[] {
  switch (plan.kind) {
    case 'scan':
      return []
    case 'project':
      return [reads(plan.columns.filter(c => wanted.has(c.name)).map(c => c.expr))]
    case 'filter':
      return [union(wanted, reads([plan.condition]))]
    case 'generate':
      return [union(new Set([...wanted].filter(n => !plan.names.includes(n))), reads(plan.args))]
    case 'watermark':
      return [union(wanted, new Set([plan.column]))]
    case 'aggregate':
      if (kept.lateRows && !hasAggregation(plan.input)) return [new Set(outputSchema(plan.input).fields.map(f => f.name))]
      return [reads([...plan.keys.map(k => k.expr), ...plan.aggregates.map(a => a.expr)])]
    case 'union': {
      const names = outputSchema(plan).fields.map(f => f.name)
      // By position: the first input's names are the result's.
      return plan.inputs.map(input => new Set(outputSchema(input).fields.filter((_, i) => wanted.has(names[i])).map(f => f.name)))
    }
    case 'join': {
      const all = union(wanted, plan.condition === null ? new Set() : reads([plan.condition]))
      const left = new Set(outputSchema(plan.left).fields.map(f => f.name))
      const right = new Set(outputSchema(plan.right).fields.map(f => f.name))
      return [
        union(new Set([...all].filter(n => left.has(n))), reads(plan.keys.map(k => k.left))),
        union(new Set([...all].filter(n => right.has(n) && !plan.dropRight.includes(n))), reads(plan.keys.map(k => k.right))),
      ]
    }
    case 'score': {
      // A dead letter has the whole row, and so has a disagreement.
      if (plan.onInvalid === 'deadLetter' || plan.shadow !== undefined) return [new Set(outputSchema(plan.input).fields.map(f => f.name))]
      const added = new Set([...plan.outputs, ...plan.provenance, ...(plan.explain === null ? [] : [plan.explain])].map(o => o.column))
      const given = [...plan.inputs, ...(plan.fallback?.kind === 'model' ? plan.fallback.inputs : [])]
      const needed = reads(given.map(i => i.expr))
      if (plan.route !== undefined) needed.add(plan.route.by)
      return [union(new Set([...wanted].filter(n => !added.has(n))), needed)]
    }
  }
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a, ...b])
}

function hasAggregation(plan: LogicalPlan): boolean {
  return plan.kind === 'aggregate' || childrenOf(plan).some(hasAggregation)
}

function childrenWithNeeds(plan: LogicalPlan, wanted: ReadonlySet<string>, kept: Kept): readonly (readonly [LogicalPlan, ReadonlySet<string>])[] {
  const needs = inputNeeds(plan, wanted, kept)
  return childrenOf(plan).map((child, i) => [child, needs[i]] as const)
}

function collect(plan: LogicalPlan, wanted: ReadonlySet<string>, needed: Map<ScanNode, Set<string>>, kept: Kept): void {
  if (plan.kind === 'scan') {
    const names = needed.get(plan) ?? new Set<string>()
    for (const n of wanted) names.add(n)
    needed.set(plan, names)
    return
  }
  for (const [child, names] of childrenWithNeeds(plan, wanted, kept)) collect(child, names, needed, kept)
}

/** The plan over the narrowed scans; nodes that list columns list only what is wanted. */
function rebuild(plan: LogicalPlan, scans: ReadonlyMap<ScanNode, ScanNode>, wanted: ReadonlySet<string>, kept: Kept): LogicalPlan {
  if (plan.kind === 'scan') return scans.get(plan) ?? plan
  const children = childrenWithNeeds(plan, wanted, kept).map(([child, names]) => rebuild(child, scans, names, kept))
  switch (plan.kind) {
    case 'project': {
      const columns = plan.columns.filter(c => wanted.has(c.name))
      return Object.freeze({ ...plan, input: children[0], columns: Object.freeze(columns) })
    }
    case 'union': {
      // All sides must still agree on their columns: each is cut to exactly the wanted ones.
      const names = outputSchema(plan).fields.map(f => f.name)
      const inputs = children.map((child, k) => {
        const before = outputSchema(plan.inputs[k]).fields
        const kept = before.filter((_, i) => wanted.has(names[i]))
        const columns = kept.map(f => ({ name: f.name, expr: { kind: 'column', name: f.name } as const }))
        return kept.length === outputSchema(child).fields.length ? child : Object.freeze({ kind: 'project' as const, input: child, columns: Object.freeze(columns) })
      })
      return Object.freeze({ ...plan, inputs: Object.freeze(inputs) })
    }
    case 'join':
      return Object.freeze({ ...plan, left: children[0], right: children[1] })
    case 'score': {
      if (plan.shadow !== undefined) return Object.freeze({ ...plan, input: children[0] })
      const isWanted = (o: { readonly column: string }): boolean => wanted.has(o.column)
      const { fallback } = plan
      return Object.freeze({
        ...plan,
        input: children[0],
        outputs: Object.freeze(plan.outputs.filter(isWanted)),
        provenance: Object.freeze(plan.provenance.filter(isWanted)),
        explain: plan.explain !== null && isWanted(plan.explain) ? plan.explain : null,
        fallback: fallback?.kind === 'constants' ? Object.freeze({ ...fallback, values: Object.freeze(fallback.values.filter((_, i) => isWanted(plan.outputs[i]))) }) : fallback,
      })
    }
    default:
      return Object.freeze({ ...plan, input: children[0] })
  }
}
