import { clearBit, newBitmap } from '../../columnar/bitmap.ts'
import { float64Type, vectorType } from '../../columnar/data-type.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import { messageOf } from '../../common/errors.ts'
import { scoringFailed, unknownOutput } from '../errors.ts'
import type { FeatureEncoder } from '../features/encoder.ts'
import type { Model, ModelDigest, ModelInput, ModelSignature, Scored } from '../model.ts'
import { type Core, type LayersModel, type Tensor, useWasm } from './runtime.ts'

/** One tensor that the network takes. */
export interface TensorInput {
  /** Without the batch dimension. */
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
  readonly encoder: FeatureEncoder
  /** Values must be below: how many entries the smallest embedding fed by this tensor has. */
  readonly limit: number
}

/** One tensor that the network answers, under every name that the signature gives to it. */
export interface TensorOutput {
  readonly names: readonly string[]
  readonly size: number
}

export interface Network {
  readonly core: Core
  readonly layersModel: LayersModel
  readonly inputs: readonly ModelInput[]
  readonly tensors: readonly TensorInput[]
  readonly outputs: readonly TensorOutput[]
  /** Rows given to the network at a time, always exactly so many. */
  readonly chunkRows: number
}

type Fill = ReturnType<FeatureEncoder['bind']>

/**
 * A TensorFlow.js layers model. The network always sees `chunkRows` rows, the last chunk filled up with zeros: kernels may
 * choose another order of sums for another number of rows, and scores must not depend on how a stream was cut.
 */
export class TensorflowModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #network: Network
  readonly #matrices: readonly Float32Array[]
  readonly #missing: Uint8Array
  #closed = false

  constructor(digest: ModelDigest, network: Network) {
    this.digest = digest
    this.#network = network
    const outputs = network.outputs.flatMap(({ names, size }) =>
      names.map(name => ({ name, type: size === 1 ? float64Type : vectorType(size), nullable: true })),
    )
    this.signature = { format: 'tensorflow', inputs: network.inputs, outputs }
    this.#matrices = network.tensors.map(tensor => new Float32Array(network.chunkRows * tensor.encoder.width))
    this.#missing = new Uint8Array(network.chunkRows)
  }

  /**
   * @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have;
   *   QueryError ML_SCORING_FAILED
   */
  async score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Promise<Scored> {
    const { core, tensors, chunkRows } = this.#network
    const wanted = outputs.map(name => this.#outputIndex(name))
    if (this.#closed) throw scoringFailed('TensorFlow.js', 'it was closed')
    const positions = new Map(this.signature.inputs.map((input, i) => [input.name, i]))
    const fills = tensors.map(tensor => tensor.encoder.bind(name => inputs[positions.get(name) as number]))
    const results = this.#network.outputs.map(output => new Float64Array(rows * output.size))
    const validity = newBitmap(rows, true)
    await useWasm(core)
    let isNullable = false
    for (let from = 0; from < rows; from += chunkRows) {
      const to = Math.min(rows, from + chunkRows)
      const predicted = this.#predictChunk(fills, from, to)
      predicted.forEach((values, k) => results[k].set(values.subarray(0, (to - from) * this.#network.outputs[k].size), from * this.#network.outputs[k].size))
      for (let row = from; row < to; row++) {
        if (this.#missing[row - from] === 0) continue
        clearBit(validity, row)
        isNullable = true
      }
    }
    const nulls = isNullable ? validity : null
    const vectors = wanted.map(k => {
      const { size } = this.#network.outputs[k]
      return size === 1 ? float64Vector(float64Type, results[k], nulls, rows) : new Vector(vectorType(size), rows, nulls, results[k])
    })
    return { vectors }
  }

  #outputIndex(name: string): number {
    const index = this.#network.outputs.findIndex(output => output.names.includes(name))
    if (index < 0) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    return index
  }

  #predictChunk(fills: readonly Fill[], from: number, to: number): (Float32Array | Int32Array | Uint8Array)[] {
    this.#missing.fill(0)
    this.#network.tensors.forEach((tensor, k) => {
      const matrix = this.#matrices[k]
      fills[k](from, to, matrix, this.#missing)
      matrix.fill(0, (to - from) * tensor.encoder.width)
      if (tensor.dtype === 'int32' || tensor.limit !== Infinity) checkCodes(matrix, to - from, tensor, this.#missing)
    })
    try {
      return predict(this.#network, this.#matrices)
    } catch (error) {
      throw scoringFailed('TensorFlow.js', messageOf(error).split('\n')[0], error)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#network.layersModel.dispose()
  }
}

/** Runs the network on one chunk; every tensor made on the way is freed. */
export function predict(network: Network, matrices: readonly Float32Array[]): (Float32Array | Int32Array | Uint8Array)[] {
  const { core, layersModel, tensors, chunkRows } = network
  return core.tidy(() => {
    const feeds = tensors.map(({ shape, dtype }, k): Tensor => {
      const values = dtype === 'int32' ? Int32Array.from(matrices[k]) : matrices[k]
      return core.tensor(values, [chunkRows, ...shape], dtype)
    })
    const answer = layersModel.predictOnBatch(feeds)
    return (Array.isArray(answer) ? answer : [answer]).map(tensor => tensor.dataSync())
  })
}

/** Rows with a code that has no embedding count as missing; 0 takes its place so that the network can run. */
function checkCodes(matrix: Float32Array, rows: number, { encoder, limit }: TensorInput, missing: Uint8Array): void {
  const { width } = encoder
  for (let i = 0; i < rows * width; i++) {
    if (matrix[i] >= 0 && matrix[i] < limit) continue
    if (limit === Infinity && matrix[i] === matrix[i]) continue
    matrix[i] = 0
    missing[Math.floor(i / width)] = 1
  }
}
