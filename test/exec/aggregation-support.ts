import { expect } from 'vitest'
import { booleanType, type DataType, field, float64Type, integerType, stringType, timestampType, windowType } from '../../src/columnar/data-type.ts'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { type RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../src/columnar/schema.ts'
import { valueAt } from '../../src/columnar/values.ts'
import type { OutputMode } from '../../src/common/output-mode.ts'
import { compileAggregation, type CompiledAggregation } from '../../src/exec/operators/aggregation.ts'
import { MergeAggregation } from '../../src/exec/operators/merge-aggregation.ts'
import { PartialAggregation } from '../../src/exec/operators/partial-aggregation.ts'
import type { AggregationStage } from '../../src/exec/physical-plan.ts'
import type { AggregateExpr, Expr } from '../../src/expr/expr.ts'
import { resolveAggregate } from '../../src/expr/resolve-aggregate.ts'
import type { OperatorState } from '../../src/state/state.ts'
import { createState } from '../../src/state/tables.ts'

export interface Event {
  readonly at: number | null
  readonly key: string | null
  readonly n: number | null
  readonly x: number | null
}

export const eventSchema: Schema = makeSchema([field('at', timestampType), field('key', stringType), field('n', integerType), field('x', float64Type)])

export interface WindowShape {
  readonly size: number
  readonly slide: number
  readonly start: number
  /** Null: whole windows are kept. */
  readonly pane: number | null
}

const column = (name: string): Expr => ({ kind: 'column', name })
const aggregate = (name: string, args: readonly string[], filter: Expr | null = null): AggregateExpr => ({
  kind: 'aggregate', name, args: args.map(column), filter, distinct: false, ignoreNulls: false,
})
const positive: Expr = { kind: 'call', name: '>', args: [column('n'), { kind: 'literal', value: 0, type: integerType }] }

const aggregates: readonly { readonly name: string; readonly type: DataType; readonly expr: AggregateExpr }[] = [
  { name: 'rows', type: integerType, expr: aggregate('count', []) },
  { name: 'total', type: integerType, expr: aggregate('sum', ['n']) },
  { name: 'least', type: integerType, expr: aggregate('min', ['n']) },
  { name: 'kept', type: integerType, expr: aggregate('count', ['n'], positive) },
  { name: 'firstKey', type: stringType, expr: aggregate('min', ['key']) },
  { name: 'usual', type: integerType, expr: aggregate('mode', ['n']) },
  { name: 'distinct', type: integerType, expr: aggregate('approx_count_distinct', ['key']) },
  { name: 'middle', type: float64Type, expr: aggregate('median', ['x']) },
  { name: 'mean', type: float64Type, expr: aggregate('avg', ['x']) },
  { name: 'spread', type: float64Type, expr: aggregate('stddev', ['x']) },
  { name: 'all', type: booleanType, expr: { ...aggregate('bool_and', []), args: [positive] } },
]

/** The aggregation of the tests: by a window, before or after the key, of aggregates that do not ask for the order of rows. */
export function aggregationOf(shape: WindowShape, keys: 'window' | 'window, key' | 'key, window'): CompiledAggregation {
  const window = { name: 'window', expr: { kind: 'window', input: column('at'), sizeMicros: shape.size, slideMicros: shape.slide, startMicros: shape.start } as const, type: windowType }
  const key = { name: 'key', expr: column('key'), type: stringType }
  const all = keys === 'window' ? [window] : keys === 'window, key' ? [window, key] : [key, window]
  const inState = shape.pane === null ? all : all.filter(k => k !== window)
  const stage: AggregationStage = {
    name: 'sums',
    input: eventSchema,
    keys: all,
    aggregates,
    time: { kind: 'window', key: all.indexOf(window), watermarked: true },
    paneMicros: shape.pane,
    table: {
      keys: inState.map(({ name, type }) => ({ name, type })),
      values: aggregates.map(({ name, expr }) => ({ name: expr.name, column: name, buffers: resolveAggregate(expr, eventSchema, 'agg()').signature.buffers })),
    },
    output: makeSchema([...all, ...aggregates].map(({ name, type }) => field(name, type))),
    operators: [],
  }
  return compileAggregation(stage)
}

export interface BatchOutcome {
  readonly rows: readonly Row[]
  readonly lateRows: number
  readonly lateGroups: number
  readonly lateInput: readonly number[]
}

export type Row = { readonly [column: string]: unknown }

/** Both stages over several partitions, batch after batch, as the engine runs them. */
export class AggregationRun {
  readonly #aggregation: CompiledAggregation
  readonly states: readonly OperatorState[]

  constructor(aggregation: CompiledAggregation, partitions: number) {
    this.#aggregation = aggregation
    this.states = Array.from({ length: partitions }, (_, partition) => createState({ queryId: 'q', operator: 'sums', partition }, aggregation.stage.table, aggregation.inits))
  }

  /** One input slice per list of record batches. */
  batch(id: number, slices: readonly (readonly (readonly Event[])[])[], mode: OutputMode, lateMicros: number | null, evictMicros: number | null): BatchOutcome {
    const outcome = this.attempt(slices, mode, lateMicros, evictMicros)
    for (const state of this.states) {
      state.delta(id)
      state.accept()
    }
    return outcome
  }

  attempt(slices: readonly (readonly (readonly Event[])[])[], mode: OutputMode, lateMicros: number | null, evictMicros: number | null): BatchOutcome {
    const context = { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 }
    let lateRows = 0
    let lateGroups = 0
    const lateInput: number[] = []
    const frames = slices.map(batches => {
      const partial = new PartialAggregation(this.#aggregation, mode === 'complete' ? null : lateMicros)
      for (const events of batches) {
        const late = partial.add(eventBatch(events), context)
        if (late !== null) lateInput.push(...(late.columns[0].values as Float64Array).subarray(0, late.numRows))
      }
      lateRows += partial.lateRows
      lateGroups += partial.lateGroups
      return partial.finish(this.states.length)
    })
    const rows = this.states.flatMap((state, partition) => {
      const merge = new MergeAggregation(this.#aggregation, state)
      for (const slice of frames) {
        const frame = slice[partition]
        if (frame !== null) expect([...merge.merge(frame)].reduce((n, rows) => n + rows, 0)).toBe(frame.numRows)
      }
      return [...merge.emit(mode, { lateMicros, evictMicros })].flatMap(rowsOf)
    })
    return { rows, lateRows, lateGroups, lateInput }
  }
}

function eventBatch(events: readonly Event[]): RecordBatch {
  const batch = batchOfRows(eventSchema, events.map(e => ({ ...e, at: e.at === null ? null : new Date(0) })))
  // A Date has milliseconds only.
  const times = batch.columns[0].values as Float64Array
  events.forEach((e, i) => {
    times[i] = e.at ?? 0
  })
  return batch
}

function rowsOf(batch: RecordBatch): Row[] {
  return Array.from({ length: batch.numRows }, (_, i) =>
    Object.fromEntries(batch.schema.fields.map(({ name }, c) => {
      const v = batch.columns[c]
      return name === 'window' ? ['end', (v.children[1].values as Float64Array)[i]] : [name, valueAt(v, i)]
    })),
  )
}
