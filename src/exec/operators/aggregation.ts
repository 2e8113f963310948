import { type BufferColumn, type BufferKind, bufferType } from '../../columnar/buffer-column.ts'
import { binaryType, type DataType, field, float64Type, windowType } from '../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import type { AggregateSignature } from '../../expr/aggregate-table.ts'
import { compile, type Evaluator } from '../../expr/evaluate.ts'
import { resolveAggregate } from '../../expr/resolve-aggregate.ts'
import { resolve } from '../../expr/resolve.ts'
import { resolveWindowTime } from '../../expr/window-time.ts'
import type { AggregationStage } from '../physical-plan.ts'
import type { PaneGeometry } from './panes.ts'

/** An aggregation made ready: what stage one (partials) and stage two (merging) share. */
export interface CompiledAggregation {
  readonly stage: AggregationStage
  readonly keyTypes: readonly DataType[]
  /** One per key; null for the window key, which is assigned row by row. */
  readonly keys: readonly (Evaluator | null)[]
  readonly window: CompiledWindow | null
  /** How state lies in panes of the window; null where it lies in groups. */
  readonly panes: PaneGeometry | null
  readonly aggregates: readonly CompiledAggregate[]
  readonly bufferKinds: readonly BufferKind[]
  /** How each aggregate's buffers begin; see InitBuffers of the state. */
  readonly inits: readonly AggregateSignature['init'][]
  /**
   * What a partial result looks like between the stages: key bytes (in panes without the window), bucket, buffers. Rows
   * of one bucket lie together.
   */
  readonly frame: Schema
}

export interface CompiledWindow {
  /** Position of the window among the keys. */
  readonly key: number
  readonly time: Evaluator
  readonly sizeMicros: number
  readonly slideMicros: number
  readonly startMicros: number
}

export interface CompiledAggregate {
  readonly name: string
  readonly signature: AggregateSignature
  readonly args: readonly Evaluator[]
  readonly filter: Evaluator | null
  /** Its buffers are bufferKinds[first .. first + signature.buffers.length). */
  readonly first: number
}

export function compileAggregation(stage: AggregationStage): CompiledAggregation {
  let window: CompiledWindow | null = null
  const keyTypes: DataType[] = []
  const keys = stage.keys.map(({ expr }, key) => {
    if (expr.kind === 'window') {
      const time = resolveWindowTime(expr.input, stage.input)
      const { sizeMicros, slideMicros, startMicros } = expr
      window = { key, time: compile(time), sizeMicros, slideMicros, startMicros }
      keyTypes.push(windowType)
      return null
    }
    const resolved = resolve(expr, stage.input, 'groupBy()')
    keyTypes.push(resolved.type)
    return compile(resolved)
  })
  const { paneMicros } = stage
  const panes = window === null || paneMicros === null ? null : { ...(window as CompiledWindow), paneMicros }
  let first = 0
  const aggregates = stage.aggregates.map(({ name, expr }) => {
    const resolved = resolveAggregate(expr, stage.input, 'agg()')
    const compiled: CompiledAggregate = {
      name,
      signature: resolved.signature,
      args: resolved.args.map(compile),
      filter: resolved.filter === null ? null : compile(resolved.filter),
      first,
    }
    first += resolved.signature.buffers.length
    return compiled
  })
  const bufferKinds = aggregates.flatMap(a => a.signature.buffers)
  const frame = makeSchema([
    field('key', binaryType, false),
    field('bucket', float64Type, false),
    ...bufferKinds.map((kind, i) => field(`b${i}`, bufferType(kind))),
  ])
  return { stage, keyTypes, keys, window, panes, aggregates, bufferKinds, inits: aggregates.map(a => a.signature.init), frame }
}

/** The buffers of one aggregate among all of a table. */
export function buffersOf(a: CompiledAggregate, all: readonly BufferColumn[]): readonly BufferColumn[] {
  return all.slice(a.first, a.first + a.signature.buffers.length)
}
