import { assert } from '../common/assert.ts'
import type { Ports } from '../common/ports.ts'
import { maxBatchRows, type RecordBatch } from '../columnar/record-batch.ts'
import type { EvalContext } from '../expr/function-table.ts'
import type { Model } from '../ml/model.ts'
import { loadSource } from '../sources/registry.ts'
import type { PartitionReader } from '../sources/source.ts'
import { createState, restoreState } from '../state/tables.ts'
import type { OperatorState, SnapshotPage } from '../state/state.ts'
import { compileAggregation, type CompiledAggregation } from './operators/aggregation.ts'
import { filterExec } from './operators/filter.ts'
import { generateExec } from './operators/generate.ts'
import { joinExec } from './operators/join.ts'
import { MergeAggregation } from './operators/merge-aggregation.ts'
import { observeExec } from './operators/observe.ts'
import { PartialAggregation } from './operators/partial-aggregation.ts'
import { projectExec } from './operators/project.ts'
import { scoreVariantsExec } from './operators/score-variants.ts'
import type { FrameSource } from './exchange/inbox.ts'
import { gathered } from './gathered.ts'
import { ModelTally } from './model-tally.ts'
import type { MemoryLease } from './memory-lease.ts'
import type { Operator, TaskState } from './operator.ts'
import type { BatchContext, OperatorSpec, PhysicalPlan } from './physical-plan.ts'
import { SnapshotCursors } from './snapshot-cursors.ts'
import type { SnapshotRequest, StateImage, StatePart } from './state-parts.ts'
import { queryStopped } from './task-errors.ts'
import { TaskSinks } from './task-sinks.ts'
import type { AggregateTask, ScanTask, StateChange, Task, TaskOutput } from './tasks.ts'

/** What a query brings to an executor beside its plan. */
export interface QueryResources {
  readonly queryId: string
  /** Static tables by name. */
  readonly tables: ReadonlyMap<string, RecordBatch>
  /** Loaded models by digest. */
  readonly models: ReadonlyMap<string, Model>
  readonly lease: MemoryLease
}

/**
 * One query on one executor: operators and kernels made once, the state partitions that the executor owns, tasks run
 * one after the other. The same class serves the driver's thread and the workers, so the results cannot differ.
 */
export class QueryRuntime {
  readonly #plan: PhysicalPlan
  readonly #resources: QueryResources
  readonly #ports: Ports
  readonly #executor: string
  readonly #scans: readonly (readonly Operator[])[]
  readonly #aggregations: readonly { readonly compiled: CompiledAggregation; readonly operators: readonly Operator[] }[]
  readonly #states = new Map<string, OperatorState>()
  /** By scan, made for its first task: a reader may hold connections. */
  readonly #readers = new Map<number, Promise<PartitionReader>>()
  /** Snapshots whose pages are being taken. */
  readonly #snapshots = new SnapshotCursors()

  constructor(plan: PhysicalPlan, resources: QueryResources, ports: Ports, executor: string) {
    this.#plan = plan
    this.#resources = resources
    this.#ports = ports
    this.#executor = executor
    this.#scans = plan.scans.map(s => s.operators.map(o => this.#operator(o)))
    this.#aggregations = plan.aggregations.map(a => ({ compiled: compileAggregation(a), operators: a.operators.map(o => this.#operator(o)) }))
  }

  /** Runs a task to its end. After a failure nothing of it is staged; the state it changed is thrown away with the query, and comes back from the checkpoint. */
  async run(task: Task, frames: FrameSource, signal: AbortSignal): Promise<TaskOutput> {
    try {
      return await (task.kind === 'scan' ? this.#scan(task, signal) : this.#aggregate(task, frames, signal))
    } finally {
      this.#resources.lease.release(partialKey)
    }
  }

  /** The batch is committed: its state changes stay. */
  accept(): void {
    for (const state of this.#states.values()) state.accept()
    // What was kept for undo is gone, with the buckets that the batch dropped.
    this.#noteStates()
  }

  restore(image: StateImage): void {
    const { compiled } = this.#aggregations[image.aggregation]
    const state = restoreState(
      { queryId: this.#resources.queryId, operator: compiled.stage.name, partition: image.partition },
      compiled.stage.table,
      image.stored,
      compiled.inits,
    )
    const key = stateKey(image.aggregation, image.partition)
    this.#states.set(key, state)
    this.#resources.lease.hold(key, state.memoryBytes)
  }

  beginSnapshot({ batchId, parts, bytesPerPage }: SnapshotRequest): void {
    this.#snapshots.end()
    for (const part of parts) this.#snapshots.begin(part, this.#state(part.aggregation, part.partition).snapshot(batchId, bytesPerPage))
  }

  /** The next page of a snapshot that was begun; null after the last. */
  snapshotPage(part: StatePart): SnapshotPage | null {
    const page = this.#snapshots.next(part)
    // What was copied for the snapshot is gone.
    if (page === null) this.#noteStates()
    return page
  }

  endSnapshot(): void {
    this.#snapshots.end()
    this.#noteStates()
  }

  /** Live rows of a partition with their keys, for inspection; see MergeAggregation.emit. */
  *rows(aggregation: number, partition: number): Iterable<RecordBatch> {
    yield* new MergeAggregation(this.#aggregations[aggregation].compiled, this.#state(aggregation, partition)).emit('complete', { lateMicros: null, evictMicros: null })
  }

  /** No task runs any more: lets go what readers hold. */
  async close(): Promise<void> {
    const readers = [...this.#readers.values()]
    this.#readers.clear()
    for (const reader of await Promise.allSettled(readers)) if (reader.status === 'fulfilled') await reader.value.close?.()
  }

  #reader(scan: number): Promise<PartitionReader> {
    let reader = this.#readers.get(scan)
    if (reader === undefined) {
      const { provider, declared } = this.#plan.scans[scan]
      reader = loadSource(provider.provider).then(source => source.reader(provider.options, declared))
      this.#readers.set(scan, reader)
    }
    return reader
  }

  async #scan(task: ScanTask, signal: AbortSignal): Promise<TaskOutput> {
    const started = this.#ports.clock.monotonic()
    const stage = this.#plan.scans[task.scan]
    const sinks = new TaskSinks(this.#plan, this.#ports, task.batch, task.position)
    const state = this.#taskState(task.batch, task.position, this.#scans[task.scan].length, sinks, signal)
    const partial = this.#plan.aggregations.length === 0 ? null : this.#partial(0, task.batch)
    let inputRows = 0
    let badRecords = 0
    // An input of bad records or empty lines alone gives no record batch, so this is its only way to write, to yield and to be stopped.
    const drain = async (): Promise<void> => {
      await sinks.drain()
      await state.turn()
    }
    try {
      const reader = await this.#reader(task.scan)
      const batches = reader.read(task.partition, stage.schema, {
        ports: this.#ports,
        signal,
        onBadRecord: stage.onBadRecord,
        bad: record => {
          badRecords++
          if (stage.onBadRecord === 'deadLetter') sinks.deadLetter(record)
        },
        data: task.data,
        drain,
      })
      for await (const batch of batches) {
        inputRows += batch.numRows
        await this.#flow(batch, this.#scans[task.scan], state, partial, sinks)
        // Timers, signals and sockets of this thread get their turn between record batches.
        await this.#ports.clock.yield()
        if (signal.aborted) throw queryStopped()
      }
      // A reader that was waiting for its input ends early then, without an error: what it gave is not all.
      if (signal.aborted) throw queryStopped()
      const frames = partial?.finish(this.#plan.partitions) ?? []
      const parts = await sinks.finish()
      return this.#result({ stage: `scan ${task.scan}`, frames, parts, state, change: null, inputRows, badRecords, partial, aggregation: 0, started })
    } catch (error) {
      await sinks.abort()
      throw error
    }
  }

  async #aggregate(task: AggregateTask, source: FrameSource, signal: AbortSignal): Promise<TaskOutput> {
    const started = this.#ports.clock.monotonic()
    const { compiled, operators } = this.#aggregations[task.aggregation]
    const table = this.#state(task.aggregation, task.partition)
    const sinks = new TaskSinks(this.#plan, this.#ports, task.batch, task.partition)
    const state = this.#taskState(task.batch, task.partition, operators.length, sinks, signal)
    const partial = task.aggregation + 1 === this.#aggregations.length ? null : this.#partial(task.aggregation + 1, task.batch)
    let inputRows = 0
    try {
      const merge = new MergeAggregation(compiled, table)
      const key = stateKey(task.aggregation, task.partition)
      let sinceTurn = 0
      for (let i = 0; i < task.frames.length; i++) {
        for (const rows of merge.merge(await source.next(signal))) {
          inputRows += rows
          sinceTurn += rows
          if (sinceTurn < maxBatchRows) continue
          sinceTurn = 0
          this.#resources.lease.hold(key, table.memoryBytes)
          // Other executors are waiting for frames that this one holds.
          await this.#ports.clock.yield()
          if (signal.aborted) throw queryStopped()
        }
      }
      this.#resources.lease.hold(key, table.memoryBytes)
      if (signal.aborted) throw queryStopped()
      merge.ensureGlobalRow(task.partition, this.#plan.partitions)
      for (const batch of gathered(compiled.stage.output, merge.emit(this.#plan.outputMode, task.batch))) {
        await this.#flow(batch, operators, state, partial, sinks)
        await this.#ports.clock.yield()
        if (signal.aborted) throw queryStopped()
      }
      const frames = partial?.finish(this.#plan.partitions) ?? []
      const parts = await sinks.finish()
      const delta = table.delta(task.batch.batchId)
      const change: StateChange = { ...delta, aggregation: task.aggregation, partition: task.partition, numRows: table.numRows, memoryBytes: table.memoryBytes }
      return this.#result({ stage: `aggregation ${task.aggregation}`, frames, parts, state, change, inputRows, badRecords: 0, partial, aggregation: task.aggregation + 1, started })
    } catch (error) {
      await sinks.abort()
      throw error
    }
  }

  /** A batch through the operators into the next aggregation, or the output sink. */
  async #flow(input: RecordBatch, operators: readonly Operator[], state: TaskState, partial: PartialAggregation | null, sinks: TaskSinks): Promise<void> {
    let batch: RecordBatch | null = input
    let since = this.#ports.clock.monotonic()
    // Once an operator and record batch of up to 65,536 rows, not per row: the time is next to nothing.
    const lap = (k: number): void => {
      const now = this.#ports.clock.monotonic()
      state.operatorMs[k] += now - since
      since = now
    }
    for (let k = 0; k < operators.length; k++) {
      const operator = operators[k]
      // The position counts the rows that reached this operator, so that it does not depend on how they were cut into batches.
      state.context = { ...state.context, firstRow: state.rowsIn[k] }
      state.rowsIn[k] += batch.numRows
      const out: RecordBatch | null | Promise<RecordBatch | null> = operator.process(batch, state)
      batch = out instanceof Promise ? await out : out
      lap(k)
      state.rowsOut[k] += batch?.numRows ?? 0
      if (batch === null) return
    }
    if (partial === null) {
      await sinks.write('output', batch)
      lap(operators.length)
      return
    }
    const late = partial.add(batch, state.context)
    this.#resources.lease.hold(partialKey, partial.memoryBytes)
    // The lateRows sink has the columns of the first aggregation's input; later ones only count.
    if (late !== null && partial.aggregation === this.#aggregations[0].compiled) await sinks.write('lateRows', late)
    lap(operators.length)
  }

  #result(
    r: {
      stage: string
      frames: readonly (RecordBatch | null)[]
      parts: TaskOutput['parts']
      state: TaskState
      change: StateChange | null
      inputRows: number
      badRecords: number
      partial: PartialAggregation | null
      aggregation: number
      started: number
    },
  ): TaskOutput {
    const late = r.partial === null ? [] : [{ operator: this.#plan.aggregations[r.aggregation].name, rows: r.partial.lateRows, groups: r.partial.lateGroups }]
    return {
      frames: r.frames,
      parts: r.parts,
      times: [...r.state.times.values()],
      state: r.change,
      metrics: {
        stage: r.stage,
        executor: this.#executor,
        timeMs: this.#ports.clock.monotonic() - r.started,
        inputRows: r.inputRows,
        badRecords: r.badRecords,
        late,
        rowsOut: r.state.rowsOut,
        models: r.state.tally.metrics,
        operatorMs: r.state.operatorMs,
      },
    }
  }

  /** Complete mode gives the whole result every time: nothing is late for it. */
  #partial(aggregation: number, batch: BatchContext): PartialAggregation {
    return new PartialAggregation(this.#aggregations[aggregation].compiled, this.#plan.outputMode === 'complete' ? null : batch.lateMicros)
  }

  #taskState(batch: BatchContext, position: number, operators: number, sinks: TaskSinks, signal: AbortSignal): TaskState {
    // A seed per task, from the batch's: the same in a replay, whoever runs it.
    const seed = (Math.imul(batch.seed ^ position, 0x9e3779b1) ^ position) | 0
    const context: EvalContext = { nowMicros: batch.nowMicros, timeZone: batch.timeZone, seed, firstRow: 0 }
    const { clock } = this.#ports
    return {
      context,
      models: batch.models,
      modelVersions: batch.modelVersions,
      routes: batch.routes,
      disagree: rows => sinks.write('disagreements', rows),
      tally: new ModelTally(),
      clock,
      deadLetter: record => sinks.deadLetter(record),
      drain: () => sinks.drain(),
      turn: async () => {
        await clock.yield()
        if (signal.aborted) throw queryStopped()
      },
      times: new Map(),
      rowsOut: new Array<number>(operators).fill(0),
      rowsIn: new Array<number>(operators).fill(0),
      operatorMs: new Array<number>(operators + 1).fill(0),
    }
  }

  /** The states may hold less than when their last task ended. */
  #noteStates(): void {
    for (const [key, state] of this.#states) this.#resources.lease.note(key, state.memoryBytes)
  }

  #state(aggregation: number, partition: number): OperatorState {
    const key = stateKey(aggregation, partition)
    let state = this.#states.get(key)
    if (state === undefined) {
      const { stage, inits } = this.#aggregations[aggregation].compiled
      state = createState({ queryId: this.#resources.queryId, operator: stage.name, partition }, stage.table, inits)
      this.#states.set(key, state)
    }
    return state
  }

  #operator(spec: OperatorSpec): Operator {
    switch (spec.kind) {
      case 'project':
        return projectExec(spec)
      case 'filter':
        return filterExec(spec)
      case 'generate':
        return generateExec(spec)
      case 'observe':
        return observeExec(spec)
      case 'join': {
        const table = this.#resources.tables.get(spec.table)
        assert(table !== undefined, `Static table "${spec.table}" was not sent to the executor.`)
        return joinExec(spec, table, { nowMicros: 0, timeZone: this.#plan.timeZone, seed: 0, firstRow: 0 })
      }
      case 'score':
        return scoreVariantsExec(spec, this.#resources.models)
    }
  }
}

/** A query's tasks run one after the other on an executor: there is one table of partial results at a time. */
const partialKey = 'partial'

function stateKey(aggregation: number, partition: number): string {
  return `${aggregation}/${partition}`
}
