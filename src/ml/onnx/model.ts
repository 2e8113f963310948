import { messageOf } from '../../common/errors.ts'
import type { Vector } from '../../columnar/vector.ts'
import { scoringFailed, unknownOutput } from '../errors.ts'
import type { Model, ModelDigest, ModelOutput, ModelSignature, RefusedRow, Scored } from '../model.ts'
import type { InputBinder } from '../tensor/binder.ts'
import { OutputColumn, presence, type TensorValues } from '../tensor/collect.ts'
import { elementKinds, type TensorData } from '../tensor/element.ts'
import type { Feed } from '../tensor/feed.ts'
import { chunksOf, sortRows, type Sorted } from '../tensor/rows.ts'
import { fromHalves } from './half.ts'
import type { OnnxRuntime, OrtTensor } from './runtime.ts'
import { type Graph, ortTensor } from './session.ts'

/** An output of the signature and the tensor that it is read from. */
export interface OnnxOutput extends ModelOutput {
  readonly tensor: string
  /** Read only this column of the tensor. */
  readonly column?: number
}

export interface OnnxParts {
  readonly runtime: OnnxRuntime
  readonly graph: Graph
  readonly binder: InputBinder
  readonly outputs: readonly OnnxOutput[]
}

/** A run takes at most so many rows, and fewer when a row is large, so that it does not hold its thread for long. */
const maxChunkRows = 8192
const maxChunkCells = 256 * 1024
/** A matrix product of one row is summed in another order than that of several, so that a row is never alone. */
const minChunkRows = 2

/**
 * An ONNX graph in ONNX Runtime. Rows are given in chunks whose size does not show in the scores.
 */
export class OnnxModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #parts: OnnxParts
  #running = 0
  #isClosed = false

  constructor(digest: ModelDigest, parts: OnnxParts) {
    this.digest = digest
    this.#parts = parts
    this.signature = {
      format: 'onnx',
      inputs: parts.binder.inputs,
      outputs: parts.outputs.map(({ name, type, nullable, library }) => ({ name, type, nullable, ...(library === undefined ? {} : { library }) })),
    }
  }

  /**
   * @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have;
   *   QueryError ML_SCORING_FAILED
   */
  async score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Promise<Scored> {
    const wanted = outputs.map(name => {
      const found = this.#parts.outputs.find(output => output.name === name)
      if (found === undefined) throw unknownOutput(name, this.#parts.outputs.map(o => o.name))
      return { ...found, values: new OutputColumn(found.type, rows) }
    })
    if (this.#isClosed) throw scoringFailed('ONNX', 'it was closed')
    const feeds = this.#parts.binder.bind(inputs, rows)
    const sorted = sortRows(feeds, rows)
    const refused = [...sorted.refused]
    const failed = new Set<number>()
    this.#running++
    try {
      const fetches = [...new Set(wanted.map(output => output.tensor))]
      for (const { from, to, shape } of chunksOf(sorted, k => this.#chunkRows(sorted.shapes[k]))) {
        await this.#runOrSplit({ feeds, sorted, shape, from, to, fetches }, (answers, start, end) => {
          for (const output of wanted) put(output, answers[output.tensor], sorted.picked, start, end)
        }, refusal => {
          refused.push(refusal)
          failed.add(refusal.row)
        })
      }
    } finally {
      if (--this.#running === 0 && this.#isClosed) void this.#parts.graph.session.release()
    }
    const scored = failed.size === 0 ? sorted.picked.subarray(0, sorted.count) : sorted.picked.subarray(0, sorted.count).filter(row => !failed.has(row))
    const missing = presence(rows, scored, scored.length)
    refused.sort((a, b) => a.row - b.row)
    return { vectors: wanted.map(output => output.values.finish(missing)), ...(refused.length === 0 ? {} : { refused }) }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#running === 0) void this.#parts.graph.session.release()
  }

  #chunkRows(shapes: readonly (readonly number[])[]): number {
    const { batch } = this.#parts.graph
    if (batch !== null) return batch
    const cells = shapes.reduce((sum, dims) => sum + dims.reduce((product, d) => product * d, 1), 0)
    return Math.max(minChunkRows, Math.min(maxChunkRows, Math.floor(maxChunkCells / Math.max(1, cells))))
  }

  /** Runs a chunk; where the runtime stops at one of its rows, the halves are tried apart until that row is found. */
  async #runOrSplit(chunk: Chunk, done: (answers: Answers, from: number, to: number) => void, refuse: (row: RefusedRow) => void): Promise<void> {
    const { from, to } = chunk
    let answers: Answers
    try {
      answers = await this.#run(chunk)
    } catch (error) {
      if (to - from === 1) {
        refuse({ row: chunk.sorted.picked[from], message: `ONNX Runtime cannot score the row: ${firstLine(error)}.` })
        return
      }
      const middle = (from + to) >>> 1
      await this.#runOrSplit({ ...chunk, to: middle }, done, refuse)
      await this.#runOrSplit({ ...chunk, from: middle }, done, refuse)
      return
    }
    done(answers, from, to)
  }

  async #run({ feeds, sorted, shape, from, to, fetches }: Chunk): Promise<Answers> {
    const { runtime, graph } = this.#parts
    const rows = graph.batch ?? Math.max(minChunkRows, to - from)
    const given: { [name: string]: OrtTensor } = Object.create(null) as { [name: string]: OrtTensor }
    feeds.forEach((feed, k) => {
      const dims = sorted.shapes[shape][k]
      const cells = dims.reduce((product, d) => product * d, 1)
      const data = elementKinds[feed.spec.kind].make(rows * cells)
      feed.fill(sorted.picked, from, to, cells, data)
      repeatLast(data, to - from, rows, cells)
      given[feed.spec.name] = ortTensor(runtime, feed.spec.kind, data, [rows, ...dims])
    })
    const answers = await graph.session.run(given, fetches)
    for (const name of fetches) {
      const { dims } = answers[name]
      if (dims[0] !== rows) throw scoringFailed('ONNX', `its output "${name}" has the shape [${dims.join(', ')}] for ${rows} rows`)
    }
    return answers
  }
}

type Answers = { readonly [name: string]: OrtTensor }

interface Chunk {
  readonly feeds: readonly Feed[]
  readonly sorted: Sorted
  /** Which of the shapes of `sorted`. */
  readonly shape: number
  readonly from: number
  readonly to: number
  readonly fetches: readonly string[]
}

/** Fills a chunk up with copies of its last row: zeros might be values that the graph cannot take. */
function repeatLast(data: TensorData, count: number, rows: number, cells: number): void {
  for (let row = count; row < rows; row++) data.copyWithin(row * cells, (count - 1) * cells, count * cells)
}

function put(output: OnnxOutput & { readonly values: OutputColumn }, { dims, type, data }: OrtTensor, picked: Int32Array, from: number, to: number): void {
  let values = (type === 'float16' && data instanceof Uint16Array ? fromHalves(data) : data) as TensorValues
  let shape = dims.slice(1)
  if (output.column !== undefined) {
    const width = shape[0] ?? 1
    values = Array.from({ length: to - from }, (_, k) => values[k * width + (output.column as number)])
    shape = []
  }
  if (!output.values.takes(shape)) {
    throw scoringFailed('ONNX', `its output "${output.name}" has rows of shape [${shape.join(', ')}], which is not the one that it announced`)
  }
  output.values.put(values, shape, picked, from, to)
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0].slice(0, 300).replace(/\.+$/, '')
}
