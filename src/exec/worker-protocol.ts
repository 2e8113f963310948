import type { MessagePort } from 'node:worker_threads'
import { batchFromData, batchToData, type RecordBatchData } from '../columnar/transfer.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import type { ErrorData } from '../common/errors.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { QuerySetup } from './executor.ts'
import type { LeaseData } from './memory-lease.ts'
import type { BatchContext, PhysicalPlan } from './physical-plan.ts'
import type { SnapshotRequest, StateImage, StatePart } from './state-parts.ts'
import type { AggregateTask, ScanTask, Task, TaskResult } from './tasks.ts'

/**
 * Messages between the driver and a worker thread. Each request has a number and gets one reply with it; abort and
 * connect (a port to another worker, see exchange/) get none. Record batches cross as their columns, transferred; nothing
 * crosses row by row, and partial results do not come here at all.
 */
export type Request =
  | { readonly kind: 'open'; readonly run: string; readonly plan: PhysicalPlan; readonly queryId: string; readonly lease: LeaseData; readonly tables: readonly { readonly name: string; readonly batch: RecordBatchData }[]; readonly models: readonly { readonly digest: string; readonly artefact: ModelArtefact }[] }
  | { readonly kind: 'restore'; readonly run: string; readonly image: StateImage }
  | { readonly kind: 'addModel'; readonly run: string; readonly digest: string; readonly artefact: ModelArtefact }
  | { readonly kind: 'dropModel'; readonly run: string; readonly digest: string }
  | { readonly kind: 'run'; readonly run: string; readonly tasks: readonly TaskData[] }
  | { readonly kind: 'discard'; readonly run: string; readonly batch: BatchContext }
  | { readonly kind: 'accept' | 'close' | 'endSnapshot'; readonly run: string }
  | { readonly kind: 'beginSnapshot'; readonly run: string; readonly snapshot: SnapshotRequest }
  | { readonly kind: 'snapshotPage'; readonly run: string; readonly part: StatePart }
  | { readonly kind: 'stateRows'; readonly run: string; readonly aggregation: number; readonly partition: number }
  | { readonly kind: 'stop' }

export type ToWorker =
  | { readonly id: number; readonly request: Request }
  | { readonly abort: number }
  | { readonly connect: string; readonly port: MessagePort }

export type Reply =
  | { readonly kind: 'done' }
  | { readonly kind: 'results'; readonly results: readonly TaskResultData[] }
  | { readonly kind: 'page'; readonly page: SnapshotPage | null }
  | { readonly kind: 'batches'; readonly batches: readonly RecordBatchData[] }
  | { readonly kind: 'failed'; readonly error: ErrorData }

/** A reply; or, where tasks have a time limit, that the next task of a request begins. */
export type FromWorker = { readonly id: number; readonly reply: Reply } | { readonly began: number }

/** What a worker thread is told when it starts. */
export interface WorkerStart {
  readonly id: string
  readonly taskTimeoutMs: number | null
  /** The word of NativeCalls. */
  readonly nativeCalls: SharedArrayBuffer
}

type Batches<T> = { readonly [K in keyof T]: T[K] extends readonly RecordBatch[] ? readonly RecordBatchData[] : T[K] }
export type TaskData = Batches<ScanTask> | AggregateTask

export interface TaskResultData extends Omit<TaskResult, 'parts'> {
  readonly parts: readonly { readonly sink: TaskResult['parts'][number]['sink']; readonly part: Batches<TaskResult['parts'][number]['part']> }[]
}

export function setupToRequest(run: string, setup: QuerySetup): Request {
  // Static tables and models go to every worker: they are copied, not transferred.
  const tables = setup.tables.map(t => ({ name: t.name, batch: batchToData(t.batch, new Set()) }))
  return { kind: 'open', run, plan: setup.plan, queryId: setup.queryId, lease: setup.lease, tables, models: setup.models }
}

export function setupFromRequest(request: Extract<Request, { kind: 'open' }>): QuerySetup {
  const { plan, queryId, lease, models } = request
  return { plan, queryId, lease, models, tables: request.tables.map(t => ({ name: t.name, batch: batchFromData(t.batch) })) }
}

export function taskToData(task: Task): TaskData {
  // Rows of a memory source stay readable in the driver (a replay may ask again): they are copied.
  return task.kind === 'scan' ? { ...task, data: task.data.map(b => batchToData(b, new Set())) } : task
}

export function taskFromData(data: TaskData): Task {
  return data.kind === 'scan' ? { ...data, data: data.data.map(batchFromData) } : data
}

export function resultToData(result: TaskResult, transfer: Set<ArrayBuffer>): TaskResultData {
  return { ...result, parts: result.parts.map(({ sink, part }) => ({ sink, part: { ...part, batches: part.batches.map(b => batchToData(b, transfer)) } })) }
}

export function resultFromData(data: TaskResultData): TaskResult {
  return { ...data, parts: data.parts.map(({ sink, part }) => ({ sink, part: { ...part, batches: part.batches.map(batchFromData) } })) }
}
