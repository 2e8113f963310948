import { createRequire } from 'node:module'
import { messageOf } from '../../common/errors.ts'
import { scoringFailed, unsupported } from '../errors.ts'
import type { Core } from './runtime.ts'

/** Who computes: WebAssembly, TensorFlow's own library through tfjs-node, or plain JavaScript. */
export type BackendName = 'wasm' | 'tensorflow' | 'cpu'

let queue: Promise<unknown> = Promise.resolve()

/**
 * Runs something on a backend. The library has one backend at a time for the whole thread, so that one body runs after
 * the other; other users of the library in this thread may have chosen another one meanwhile.
 *
 * @throws QueryError ML_SCORING_FAILED when the backend does not start
 */
export function onBackend<T>(core: Core, name: BackendName, body: () => T | Promise<T>): Promise<T> {
  const result = queue.then(async () => {
    if (core.getBackend() !== name && !(await core.setBackend(name))) throw scoringFailed('TensorFlow.js', `its backend "${name}" did not start`)
    return body()
  })
  queue = result.catch(() => undefined)
  return result
}

type Import = (name: string) => Promise<unknown>

/** Imports what a backend needs; false when that is not installed. */
async function prepare(core: Core, name: BackendName, importPackage: Import): Promise<boolean> {
  if (core.findBackend(name) !== null) return true
  if (name === 'tensorflow') return (await tensorflowNode(importPackage)) !== undefined && core.findBackend(name) !== null
  if (name === 'cpu') {
    try {
      await importPackage('@tensorflow/tfjs-backend-cpu')
    } catch {
      return false
    }
  }
  return core.findBackend(name) !== null
}

/** The part of tfjs-node that is used here. */
export interface TfjsNode {
  readonly node: { loadSavedModel(path: string, tags: readonly string[], signature: string): Promise<SavedModel> }
}

export interface SavedModel {
  predict(inputs: { readonly [name: string]: unknown }): unknown
  dispose(): void
}

/**
 * Imports tfjs-node; undefined when it is not installed, or not built for this machine. Node 23 has dropped two functions
 * of its own that tfjs-node 4.22 calls.
 */
export async function tensorflowNode(importPackage: Import = name => import(name)): Promise<TfjsNode | undefined> {
  const util = createRequire(import.meta.url)('node:util') as { isNullOrUndefined?: unknown; isArray?: unknown }
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
  // One thread, as everywhere, and nothing on the console.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  process.env.TF_NUM_INTRAOP_THREADS ??= '1'
  process.env.TF_NUM_INTEROP_THREADS ??= '1'
  try {
    const found = (await importPackage('@tensorflow/tfjs-node')) as TfjsNode & { readonly default?: TfjsNode }
    return found.default ?? found
  } catch {
    return undefined
  }
}

/**
 * The first backend that can run a model: WebAssembly, else tfjs-node, else plain JavaScript, each where it is installed.
 * A model is tried when it is loaded, so that an operation that is missing shows then and not in a batch.
 *
 * @throws AnalysisError ML_UNSUPPORTED naming what cannot be computed; whatever else the trial throws
 */
export async function firstBackend<T>(core: Core, format: string, trial: () => T | Promise<T>, backends: readonly BackendName[] = ['wasm', 'tensorflow', 'cpu'], importPackage: Import = name => import(name)): Promise<{ backend: BackendName; found: T }> {
  let lacking: string | undefined
  let cause: unknown
  for (const backend of backends) {
    if (!(await prepare(core, backend, importPackage))) continue
    try {
      return { backend, found: await onBackend(core, backend, trial) }
    } catch (error) {
      const reason = messageOf(error).split('\n')[0].slice(0, 300).replace(/\.+$/, '')
      cause ??= error
      lacking ??= reason
      if (!isLacking(reason)) break
    }
  }
  if (lacking !== undefined && isLacking(lacking)) {
    throw unsupported(format, `something that TensorFlow.js cannot compute in WebAssembly (${lacking})`, 'Install @tensorflow/tfjs-node@4.22.0 or @tensorflow/tfjs-backend-cpu@4.22.0, which have more operations, or export the model to ONNX.')
  }
  throw cause
}

function isLacking(reason: string): boolean {
  return /not registered for backend|not yet (supported|implemented)|is not implemented|only support|does not support/i.test(reason)
}
