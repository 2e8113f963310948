import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packageMissing } from '../errors.ts'
import { onBackend } from './backend.ts'

type TensorData = Float32Array | Int32Array | Uint8Array | readonly string[]

/** The part of TensorFlow.js that is used here, by structure: its packages are optional and may be absent. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly dtype: string
  dataSync(): Float32Array | Int32Array | Uint8Array | string[]
  data(): Promise<Float32Array | Int32Array | Uint8Array | string[]>
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
  tensor(values: TensorData, shape: readonly number[], dtype: string): Tensor
  zeros(shape: readonly number[], dtype: string): Tensor
  tidy<T>(body: () => T): T
  keep(tensor: Tensor): Tensor
  dispose(tensors: object): void
  memory(): { readonly numTensors: number; readonly numBytes: number }
  profile(body: () => Promise<void>): Promise<{ readonly peakBytes: number }>
  engine(): { readonly registeredVariables: { readonly [name: string]: Tensor } }
  readonly io: { decodeWeights(bytes: ArrayBuffer, specs: readonly WeightSpec[]): { [name: string]: Tensor } }
  readonly serialization: { registerClass(cls: unknown): void }
}

export interface Layers {
  loadLayersModel(handler: { load(): Promise<object> }): Promise<LayersModel>
}

interface Wasm {
  setWasmPaths(directory: string): void
  setThreadsCount(threads: number): void
}

interface GraphNode {
  readonly name: string
  readonly shape?: readonly (number | null)[]
  readonly dtype: string
}

export interface GraphModel {
  readonly inputs: readonly GraphNode[]
  readonly outputs: readonly GraphNode[]
  execute(inputs: { readonly [name: string]: Tensor }, outputs: readonly string[]): Tensor | Tensor[]
  executeAsync(inputs: { readonly [name: string]: Tensor }, outputs: readonly string[]): Promise<Tensor | Tensor[]>
  dispose(): void
}

export interface Converter {
  loadGraphModel(handler: { load(): Promise<object> }): Promise<GraphModel>
}

const version = '4.22.0'
const packages = ['core', 'backend-wasm'].map(name => `@tensorflow/tfjs-${name}`)

let started: Promise<Core> | undefined

type Import = (name: string) => Promise<unknown>

/**
 * Imports TensorFlow.js and starts its WebAssembly backend from the files of the package, on one thread: results then do
 * not depend on the machine, and the executors give parallelism. Once per thread.
 *
 * @throws AnalysisError ML_PACKAGE_MISSING; QueryError ML_SCORING_FAILED when WebAssembly does not start
 */
export function tensorflow(format: string, importPackage: Import = name => import(name)): Promise<Core> {
  started ??= start(format, importPackage).catch((error: unknown) => {
    started = undefined
    throw error
  })
  return started
}

/** Layers as TensorFlow.js computes them. @throws AnalysisError ML_PACKAGE_MISSING */
export async function tensorflowLayers(importPackage: Import = name => import(name)): Promise<Layers> {
  return (await importAll(['@tensorflow/tfjs-layers'], 'TensorFlow.js layers', importPackage))[0] as Layers
}

/** Graphs as TensorFlow.js computes them. @throws AnalysisError ML_PACKAGE_MISSING */
export async function tensorflowConverter(importPackage: Import = name => import(name)): Promise<Converter> {
  return (await importAll(['@tensorflow/tfjs-converter'], 'TensorFlow.js graph', importPackage))[0] as Converter
}

async function importAll(names: readonly string[], format: string, importPackage: Import): Promise<unknown[]> {
  const found: unknown[] = []
  const missing: string[] = []
  let cause: unknown
  for (const name of names) {
    try {
      found.push(await importPackage(name))
    } catch (error) {
      missing.push(`${name}@${version}`)
      cause ??= error
    }
  }
  if (missing.length > 0) throw packageMissing(missing, `Scoring ${format} models`, cause)
  return found
}

async function start(format: string, importPackage: Import): Promise<Core> {
  const [coreModule, wasmModule] = await importAll(packages, format, importPackage)
  const core = coreModule as Core
  const wasm = wasmModule as Wasm
  // Silences the library's advice on the console.
  core.enableProdMode()
  if (core.findBackend('wasm') === null) {
    core.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
    wasm.setThreadsCount(1)
    wasm.setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/'))
  }
  await withoutProcessListeners(() => onBackend(core, 'wasm', () => undefined))
  return core
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
