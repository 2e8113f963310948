import { packageMissing } from '../errors.ts'

/** The part of ONNX Runtime's JavaScript interface that is used here, by structure: its packages are optional. */
export interface OrtTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayBufferView | readonly string[]
}

export interface OrtValueInfo {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

export interface OrtSession {
  readonly inputMetadata: readonly OrtValueInfo[]
  readonly outputMetadata: readonly OrtValueInfo[]
  run(feeds: { readonly [name: string]: OrtTensor }, fetches: readonly string[]): Promise<{ readonly [name: string]: OrtTensor }>
  release(): Promise<void>
}

export interface Ort {
  readonly Tensor: new (type: string, data: ArrayBufferView | readonly string[], dims: readonly number[]) => OrtTensor
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> }
  readonly env: { logLevel?: string; readonly wasm: { numThreads?: number; proxy?: boolean } }
}

export interface OnnxRuntime {
  readonly ort: Ort
  readonly package: 'onnxruntime-node' | 'onnxruntime-web'
}

let started: Promise<OnnxRuntime> | undefined

/**
 * Imports ONNX Runtime: the native one when it is installed, else the one in WebAssembly. Once per thread.
 * @throws AnalysisError ML_PACKAGE_MISSING
 */
export function onnxRuntime(): Promise<OnnxRuntime> {
  started ??= importRuntime().catch((error: unknown) => {
    started = undefined
    throw error
  })
  return started
}

/** The first of the packages that can be imported. */
export async function importRuntime(
  importPackage: (name: string) => Promise<unknown> = name => import(name),
  names: readonly OnnxRuntime['package'][] = ['onnxruntime-node', 'onnxruntime-web'],
): Promise<OnnxRuntime> {
  let cause: unknown
  for (const name of names) {
    try {
      const ort = (await importPackage(name)) as Ort
      if (name === 'onnxruntime-web') {
        ort.env.wasm.numThreads = 1
        ort.env.wasm.proxy = false
      }
      ort.env.logLevel = 'fatal'
      return { ort, package: name }
    } catch (error) {
      cause ??= error
    }
  }
  throw packageMissing(['onnxruntime-node@1.30.0'], 'Scoring ONNX models', cause)
}

/**
 * One thread: executors give parallelism, and a result then does not depend on the machine. Nothing is written, nothing
 * is logged.
 */
export const sessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
}
