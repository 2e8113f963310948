import { messageOf } from '../../common/errors.ts'
import type { Vector } from '../../columnar/vector.ts'
import { scoringFailed, unknownOutput } from '../errors.ts'
import type { Model, ModelDigest, ModelSignature, Scored } from '../model.ts'
import type { InputBinder } from '../tensor/binder.ts'
import { columnType, OutputColumn, presence } from '../tensor/collect.ts'
import { elementKinds } from '../tensor/element.ts'
import type { Feed } from '../tensor/feed.ts'
import { chunksOf, sortRows, type Sorted } from '../tensor/rows.ts'
import type { Filled, Network } from './network.ts'

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
      const type = columnType(element, shape)
      return names.map(name => ({ ...name, type, nullable: true }))
    })
    this.signature = { format: network.format, inputs: binder.inputs, outputs }
  }

  /**
   * @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have;
   *   QueryError ML_SCORING_FAILED
   */
  async score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Promise<Scored> {
    const network = this.#network
    const wanted = outputs.map(name => this.#outputIndex(name))
    if (this.#isClosed) throw scoringFailed(network.title, 'it was closed')
    const feeds = this.#binder.bind(inputs, rows)
    const sorted = sortRows(feeds, rows)
    const columns = network.outputs.map(({ element, shape }, k) => (wanted.includes(k) ? new OutputColumn(columnType(element, shape), rows) : undefined))
    this.#running++
    try {
      for (const { from, to, shape } of chunksOf(sorted, () => network.chunkRows)) {
        const answers = await this.#run(filled(feeds, sorted, shape, from, to, this.#runRows(to - from)))
        answers.forEach(({ values, dims }, k) => {
          const column = columns[k]
          if (column === undefined) return
          const { names } = network.outputs[k]
          if (dims.length === 0 || dims[0] < to - from || !column.takes(dims.slice(1))) {
            throw scoringFailed(network.title, `its output "${names[0].name}" has the shape [${dims.join(', ')}] for ${to - from} rows, which is not the one that it announced`)
          }
          column.put(values, dims.slice(1), sorted.picked, from, to)
        })
      }
    } finally {
      if (--this.#running === 0 && this.#isClosed) network.dispose()
    }
    const missing = presence(rows, sorted.picked, sorted.count)
    const made = columns.map(column => column?.finish(missing))
    const vectors = wanted.map(k => made[k] as Vector)
    return sorted.refused.length === 0 ? { vectors } : { vectors, refused: sorted.refused }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#running === 0) this.#network.dispose()
  }

  #outputIndex(name: string): number {
    const index = this.#network.outputs.findIndex(output => output.names.some(n => n.name === name))
    if (index < 0) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    return index
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
