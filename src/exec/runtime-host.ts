import { assert } from '../common/assert.ts'
import type { Ports } from '../common/ports.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { loadModelFromBytes } from '../ml/registry.ts'
import { warmUp } from '../ml/warm-up.ts'
import type { Model, ModelArtefact } from '../ml/model.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { Executor, QuerySetup } from './executor.ts'
import { MemoryLease } from './memory-lease.ts'
import { countedModel, NativeCalls } from './native-calls.ts'
import type { BatchContext } from './physical-plan.ts'
import { Exchange } from './exchange/exchange.ts'
import { type AttemptTag, attemptTag } from './exchange/outbox.ts'
import { QueryRuntime } from './query-runtime.ts'
import type { SnapshotRequest, StateImage, StatePart } from './state-parts.ts'
import { queryStopped } from './task-errors.ts'
import { withinTime } from './task-time.ts'
import type { Task, TaskOutput, TaskResult } from './tasks.ts'

interface Hosted {
  readonly lease: MemoryLease
  readonly runtime: QueryRuntime
  readonly models: Map<string, Model>
  /** The end of the last task: the next one of the query waits for it. */
  tail: Promise<unknown>
}

export interface HostOptions {
  /** How long a task may take; null: as long as it likes. */
  readonly taskTimeoutMs: number | null
  /** On a worker thread: what it shares with others. */
  readonly exchange?: Exchange
  readonly nativeCalls?: NativeCalls
}

/** The queries on one thread. As it stands it is the inline executor; a worker thread wraps one behind messages. */
export class RuntimeHost implements Executor {
  readonly id: string
  readonly #ports: Ports
  readonly #taskTimeoutMs: number | null
  readonly #exchange: Exchange
  readonly #nativeCalls: NativeCalls
  readonly #queries = new Map<string, Hosted>()

  constructor(id: string, ports: Ports, { taskTimeoutMs, exchange, nativeCalls }: HostOptions) {
    this.id = id
    this.#ports = ports
    this.#taskTimeoutMs = taskTimeoutMs
    this.#exchange = exchange ?? new Exchange(id)
    this.#nativeCalls = nativeCalls ?? new NativeCalls(id)
  }

  async open(run: string, setup: QuerySetup): Promise<void> {
    const models = new Map<string, Model>()
    for (const { digest, artefact } of setup.models) models.set(digest, await this.#load(digest, artefact))
    const tables = new Map(setup.tables.map(t => [t.name, t.batch]))
    const lease = new MemoryLease(setup.lease)
    const runtime = new QueryRuntime(setup.plan, { queryId: setup.queryId, tables, models, lease }, this.#ports, this.id)
    this.#queries.set(run, { lease, runtime, models, tail: Promise.resolve() })
  }

  async restore(run: string, image: StateImage): Promise<void> {
    this.#hosted(run).runtime.restore(image)
  }

  async addModel(run: string, digest: string, artefact: ModelArtefact): Promise<void> {
    const { models } = this.#hosted(run)
    if (models.has(digest)) return
    const model = await this.#load(digest, artefact)
    await warmUp(model)
    models.set(digest, model)
  }

  async dropModel(run: string, digest: string): Promise<void> {
    const hosted = this.#hosted(run)
    const model = hosted.models.get(digest)
    hosted.models.delete(digest)
    // A task that runs may still score with it.
    await hosted.tail
    model?.close()
  }

  /** `began` hears of each task when it begins. */
  run(run: string, tasks: readonly Task[], signal: AbortSignal, began: () => void = () => {}): Promise<readonly TaskResult[]> {
    const hosted = this.#hosted(run)
    const results = hosted.tail.then(async () => {
      // What waited for its turn while the batch failed elsewhere never begins.
      if (signal.aborted) throw queryStopped()
      const tag = attemptTag(run, tasks[0].batch)
      const frames = this.#exchange.frames(tag, tasks)
      const done: TaskResult[] = []
      for (const task of tasks) {
        if (signal.aborted) throw queryStopped()
        began()
        const output = await withinTime(this.#ports.clock, this.id, this.#taskTimeoutMs, signal, s => hosted.runtime.run(task, frames, s))
        done.push(this.#keepFrames(tag, task, output, hosted.lease))
      }
      return done
    })
    hosted.tail = results.catch(() => undefined)
    return results
  }

  discard(run: string, batch: BatchContext): Promise<void> {
    return this.#exchange.discard(attemptTag(run, batch))
  }

  async accept(run: string): Promise<void> {
    this.#hosted(run).runtime.accept()
  }

  async beginSnapshot(run: string, snapshot: SnapshotRequest): Promise<void> {
    this.#hosted(run).runtime.beginSnapshot(snapshot)
  }

  async snapshotPage(run: string, part: StatePart): Promise<SnapshotPage | null> {
    return this.#hosted(run).runtime.snapshotPage(part)
  }

  async endSnapshot(run: string): Promise<void> {
    this.#queries.get(run)?.runtime.endSnapshot()
  }

  async stateRows(run: string, aggregation: number, partition: number): Promise<readonly RecordBatch[]> {
    return [...this.#hosted(run).runtime.rows(aggregation, partition)]
  }

  async close(run: string): Promise<void> {
    const hosted = this.#queries.get(run)
    if (hosted === undefined) return
    this.#queries.delete(run)
    await hosted.tail
    this.#exchange.forget(run)
    for (const model of hosted.models.values()) model.close()
    await hosted.runtime.close()
  }

  async stop(): Promise<void> {
    for (const run of [...this.#queries.keys()]) await this.close(run)
  }

  #keepFrames(tag: AttemptTag, task: Task, output: TaskOutput, lease: MemoryLease): TaskResult {
    const [aggregation, position] = task.kind === 'scan' ? [0, task.position] : [task.aggregation + 1, task.partition]
    return { ...output, frames: this.#exchange.keep(tag, aggregation, position, output.frames, lease) }
  }

  async #load(digest: string, artefact: ModelArtefact): Promise<Model> {
    const model = countedModel(await this.#nativeCalls.during(() => loadModelFromBytes(artefact)), this.#nativeCalls)
    assert(model.digest === digest, 'A model has the digest that the plan names.', { planned: digest, loaded: model.digest })
    return model
  }

  #hosted(run: string): Hosted {
    const hosted = this.#queries.get(run)
    assert(hosted !== undefined, 'The executor does not know this query.', { run, executor: this.id })
    return hosted
  }
}
