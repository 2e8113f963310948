import { messageOf } from '../../common/errors.ts'
import type { DataType } from '../../columnar/data-type.ts'
import type { Vector } from '../../columnar/vector.ts'
import { scoringFailed, unknownOutput } from '../errors.ts'
import type { Model, ModelDigest, ModelResources, ModelSignature, Scored } from '../model.ts'
import type { InputBinder } from '../tensor/binder.ts'
import { columnType, OutputColumn, presence } from '../tensor/collect.ts'
import { elementKinds } from '../tensor/element.ts'
import type { Feed } from '../tensor/feed.ts'
import { chunksOf, sortRows, type Sorted } from '../tensor/rows.ts'
import type { Filled, Network, NetworkOutput } from './network.ts'

/**
 * A network of TensorFlow.js, whatever file it came from. Rows go through it in chunks whose size does not show in the
 * scores; a row with a missing value, or a code that there is no embedding for, has no answer.
 */
export class TensorflowModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #network: Network
  readonly #binder: InputBinder
  #running = 0
  #isClosed = false

  constructor(digest: ModelDigest, network: Network, binder: InputBinder) {
    this.digest = digest
    this.#network = network
    this.#binder = binder
    const outputs = network.outputs.flatMap(({ names, element, shape }) => {
      return names.map(({ name, library, isSingle }) => ({ name, type: typeOf(element, shape, isSingle), nullable: true, ...(library === undefined ? {} : { library }) }))
    })
    this.signature = { format: network.format, inputs: binder.inputs, outputs }
  }

  /**
   * @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have;
   *   QueryError ML_SCORING_FAILED
   */
  async score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Promise<Scored> {
    const network = this.#network
    const wanted = outputs.map(name => this.#wanted(name, rows))
    if (this.#isClosed) throw scoringFailed(network.title, 'it was closed')
    const feeds = this.#binder.bind(inputs, rows)
    const sorted = sortRows(feeds, rows)
    this.#running++
    try {
      for (const { from, to, shape } of chunksOf(sorted, () => network.chunkRows)) {
        const answers = await this.#run(filled(feeds, sorted, shape, from, to, this.#runRows(to - from)))
        wanted.forEach(({ name, index, column }) => {
          const { values, dims } = answers[index]
          if (dims.length === 0 || dims[0] < to - from || !column.takes(dims.slice(1))) {
            throw scoringFailed(network.title, `its output "${name}" has the shape [${dims.join(', ')}] for ${to - from} rows, which is not the one that it announced`)
          }
          column.put(values, dims.slice(1), sorted.picked, from, to)
        })
      }
    } finally {
      if (--this.#running === 0 && this.#isClosed) network.dispose()
    }
    const missing = presence(rows, sorted.picked, sorted.count)
    const vectors = wanted.map(({ column }) => column.finish(missing))
    return sorted.refused.length === 0 ? { vectors } : { vectors, refused: sorted.refused }
  }

  resources(): ModelResources {
    return this.#network.memory()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#running === 0) this.#network.dispose()
  }

  #wanted(name: string, rows: number): { name: string; index: number; column: OutputColumn } {
    const { outputs } = this.#network
    const index = outputs.findIndex(output => output.names.some(n => n.name === name))
    if (index < 0) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    const { names, element, shape } = outputs[index]
    return { name, index, column: new OutputColumn(typeOf(element, shape, names.find(n => n.name === name)?.isSingle), rows) }
  }

  #runRows(count: number): number {
    const { chunkRows, stepRows } = this.#network
    return Math.min(chunkRows, Math.ceil(count / stepRows) * stepRows)
  }

  async #run(feeds: readonly Filled[]): ReturnType<Network['run']> {
    try {
      return await this.#network.run(feeds)
    } catch (error) {
      throw scoringFailed(this.#network.title, messageOf(error).split('\n')[0], error)
    }
  }
}

function typeOf(element: NetworkOutput['element'], shape: NetworkOutput['shape'], isSingle = false): DataType {
  return isSingle ? columnType(element, []) : columnType(element, shape)
}

/** The rows of a chunk, filled up with copies of the last one. */
function filled(feeds: readonly Feed[], sorted: Sorted, shape: number, from: number, to: number, rows: number): Filled[] {
  return feeds.map((feed, k) => {
    const dims = sorted.shapes[shape][k]
    const cells = dims.reduce((product, d) => product * d, 1)
    const data = elementKinds[feed.spec.kind].make(rows * cells)
    feed.fill(sorted.picked, from, to, cells, data)
    for (let row = to - from; row < rows; row++) data.copyWithin(row * cells, (to - from - 1) * cells, (to - from) * cells)
    return { data, dims: [rows, ...dims] }
  })
}
