import { float64Type } from '../../columnar/data-type.ts'
import { float64Vector } from '../../columnar/vector.ts'
import type { Network } from './network.ts'
import type { Block, Extra, Scorer } from './scorer.ts'

/** Answers the row itself, spread over places, as far as the network could keep it. */
export class AutoEncoder implements Scorer {
  readonly width: number
  readonly #network: Network

  constructor(network: Network) {
    this.width = network.outputs
    this.#network = network
  }

  score({ rows, matrix, predictions }: Pick<Block, 'rows' | 'matrix' | 'predictions'>): void {
    const { layout, standard } = this.#network
    const features = layout.categories + layout.numbers
    const first = layout.offsets[layout.categories]
    for (let r = 0; r < rows; r++) {
      const answer = this.#network.run(matrix, r * features)
      const at = r * this.width
      for (let i = 0; i < this.width; i++) predictions[at + i] = answer[i]
      if (standard === undefined) continue
      for (let i = 0; i < layout.numbers; i++) predictions[at + first + i] = answer[first + i] / standard.mul[i] + standard.sub[i]
    }
  }
}

/** The mean squared difference between a row and what came back of it, numbers standardized. */
export function reconstructionError(network: Network): Extra {
  const { layout, standard } = network
  const encoder = new AutoEncoder(network)
  const features = layout.categories + layout.numbers
  const first = layout.offsets[layout.categories]
  return {
    output: { name: 'mse', type: float64Type, nullable: false, library: 'mse' },
    width: 1,
    compute(matrix, rows, out) {
      const predictions = new Float64Array(rows * layout.width)
      encoder.score({ rows, matrix, predictions })
      for (let r = 0; r < rows; r++) {
        const at = r * layout.width
        for (let c = 0; c < layout.categories; c++) {
          const code = matrix[r * features + c]
          predictions[at + (code !== code ? layout.offsets[c + 1] - 1 : layout.offsets[c] + code)] -= 1
        }
        let sum = 0
        for (let i = 0; i < layout.width; i++) {
          const number = i - first
          const delta = number < 0 ? predictions[at + i] : (predictions[at + i] - matrix[r * features + layout.categories + number]) * (standard?.mul[number] ?? 1)
          sum += delta * delta
        }
        out[r] = sum / layout.width
      }
    },
    vector: (values, rows) => float64Vector(float64Type, values, null, rows),
  }
}
