import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packageMissing, scoringFailed } from '../errors.ts'

/** The part of TensorFlow.js that is used here, by structure: its packages are optional and may be absent. */
export interface Tensor {
  readonly shape: readonly number[]
  dataSync(): Float32Array | Int32Array | Uint8Array
  dispose(): void
}

export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly [key: string]: unknown }
}

export interface LayerLike {
  readonly name: string
  readonly outputShape: unknown
  /** The inner layers of a model used as a layer. */
  readonly layers?: readonly LayerLike[]
  readonly inboundNodes?: readonly { readonly inboundLayers: readonly LayerLike[] }[]
  readonly inputDim?: number
  getClassName(): string
}

export interface LayersModel {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | null)[]; readonly dtype: string }[]
  readonly outputs: readonly { readonly shape: readonly (number | null)[] }[]
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly layers: readonly LayerLike[]
  getClassName(): string
  /** Of a Sequential: makes the inner model, which knows the names of inputs and outputs. */
  build(): void
  predictOnBatch(inputs: readonly Tensor[]): Tensor | Tensor[]
  loadWeights(weights: object, strict: boolean): void
  dispose(): void
}

export interface Core {
  env(): { set(flag: string, value: boolean): void }
  enableProdMode(): void
  findBackend(name: string): unknown
  setBackend(name: string): Promise<boolean>
  getBackend(): string
  tensor(values: Float32Array | Int32Array, shape: readonly number[], dtype: string): Tensor
  zeros(shape: readonly number[], dtype: string): Tensor
  tidy<T>(body: () => T): T
  dispose(tensors: object): void
  memory(): { readonly numTensors: number }
  engine(): { readonly registeredVariables: { readonly [name: string]: Tensor } }
  readonly io: { decodeWeights(bytes: ArrayBuffer, specs: readonly WeightSpec[]): { [name: string]: Tensor } }
  readonly serialization: { registerClass(cls: unknown): void }
}

interface Layers {
  loadLayersModel(handler: { load(): Promise<object> }): Promise<LayersModel>
}

interface Wasm {
  setWasmPaths(directory: string): void
  setThreadsCount(threads: number): void
}

export interface Runtime {
  readonly core: Core
  readonly layers: Layers
}

const packages = ['@tensorflow/tfjs-core@4.22.0', '@tensorflow/tfjs-layers@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0']

let started: Promise<Runtime> | undefined

/**
 * Imports TensorFlow.js and starts its WebAssembly backend from the files of the package, on one thread: results then do
 * not depend on the machine, and the executors give parallelism. Once per thread.
 *
 * @throws AnalysisError ML_PACKAGE_MISSING; QueryError ML_SCORING_FAILED when WebAssembly does not start
 */
export function tensorflow(importPackage: (name: string) => Promise<unknown> = name => import(name)): Promise<Runtime> {
  started ??= start(importPackage).catch((error: unknown) => {
    started = undefined
    throw error
  })
  return started
}

async function start(importPackage: (name: string) => Promise<unknown>): Promise<Runtime> {
  let core: Core
  let layers: Layers
  let wasm: Wasm
  try {
    core = (await importPackage('@tensorflow/tfjs-core')) as Core
    layers = (await importPackage('@tensorflow/tfjs-layers')) as Layers
    wasm = (await importPackage('@tensorflow/tfjs-backend-wasm')) as Wasm
  } catch (error) {
    throw packageMissing(packages, 'Scoring TensorFlow.js models', error)
  }
  // Silences the library's advice on the console.
  core.enableProdMode()
  if (core.findBackend('wasm') === null) {
    core.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
    wasm.setThreadsCount(1)
    wasm.setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/'))
  }
  await withoutProcessListeners(() => useWasm(core))
  return { core, layers }
}

/** Makes WebAssembly the backend of what follows; other users of the library in this process may have chosen another. */
export async function useWasm(core: Core): Promise<void> {
  if (core.getBackend() === 'wasm') return
  if (!(await core.setBackend('wasm'))) throw scoringFailed('TensorFlow.js', 'its WebAssembly backend did not start')
}

const fatalEvents = ['uncaughtException', 'unhandledRejection'] as const

/**
 * The WebAssembly loader installs process-wide handlers that rethrow what the program's own handlers may have dealt with.
 * They are taken out again; handlers that others added meanwhile stay.
 */
async function withoutProcessListeners(body: () => Promise<void>): Promise<void> {
  const before = new Map(fatalEvents.map(event => [event, new Set<unknown>(process.listeners(event as 'uncaughtException'))]))
  try {
    await body()
  } finally {
    for (const event of fatalEvents) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        const isLoaders = /ExitStatus|throw reason/.test(listener.toString())
        if (isLoaders && before.get(event)?.has(listener) !== true) process.off(event, listener)
      }
    }
  }
}
