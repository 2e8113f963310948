import { activationOf, type Activation, isMaxout, maxoutChannels } from './activations.ts'
import { fail } from './errors.ts'
import type { Mojo } from './mojo.ts'
import { OneHotLayout } from './one-hot.ts'

const maxUnits = 1_000_000

interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** Sums per node: 1, or several for Maxout. */
  readonly channels: number
  /** 32-bit floats; a row of `inputs` per node; the channels of each entry stand together. */
  readonly weights: Float32Array
  readonly biases: Float64Array
  readonly activate: Activation
}

/** The layers of a fully connected network, in front of them the layer that a row is spread over. */
export class Network {
  readonly layout: OneHotLayout
  readonly outputs: number
  /** Standardize the numbers: (x - sub) * mul; undefined where they are taken as they are. */
  readonly standard: { readonly sub: Float64Array; readonly mul: Float64Array } | undefined
  readonly #layers: readonly Layer[]
  #input: Float64Array
  #output: Float64Array

  constructor(mojo: Mojo, lastActivation: string) {
    const { info } = mojo
    this.layout = new OneHotLayout(mojo)
    const { numbers } = this.layout
    const mul = info.findNumbers('norm_mul')
    if (mul !== undefined && mul.length > 0) this.standard = { mul: info.numbers('norm_mul', numbers), sub: info.numbers('norm_sub', numbers) }
    this.#layers = readLayers(mojo, this.layout.width, lastActivation)
    this.outputs = this.#layers[this.#layers.length - 1].outputs
    const widest = this.#layers.reduce((most, l) => Math.max(most, l.inputs, l.outputs * l.channels), 1)
    this.#input = new Float64Array(widest)
    this.#output = new Float64Array(widest)
  }

  /** What the network answers for the row at `from`; valid until the next row. */
  run(matrix: Float64Array, from: number): Float64Array {
    this.#spread(matrix, from)
    for (const layer of this.#layers) {
      if (layer.channels === 1) addNodes(layer, this.#input, this.#output)
      else addMaxoutNodes(layer, this.#input, this.#output)
      layer.activate(this.#output, layer.outputs)
      const free = this.#input
      this.#input = this.#output
      this.#output = free
    }
    return this.#input
  }

  /** A missing number is 0 after it was standardized: the mean. */
  #spread(matrix: Float64Array, from: number): void {
    const { categories, numbers, offsets, width } = this.layout
    const input = this.#input.fill(0, 0, width)
    for (let c = 0; c < categories; c++) {
      const place = this.layout.hotPlace(matrix[from + c], c)
      if (place >= 0) input[place] = 1
    }
    const first = offsets[categories]
    for (let i = 0; i < numbers; i++) {
      const x = matrix[from + categories + i]
      const z = this.standard === undefined ? x : (x - this.standard.sub[i]) * this.standard.mul[i]
      input[first + i] = z !== z ? 0 : z
    }
  }
}

/** Sums over eight lanes, then the rest, then the bias: H2O's order, which decides the last digits. */
function addNodes({ inputs, outputs, weights, biases }: Layer, input: Float64Array, output: Float64Array): void {
  const eights = inputs - (inputs % 8)
  for (let node = 0, at = 0; node < outputs; node++, at += inputs) {
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let s4 = 0
    let s5 = 0
    let s6 = 0
    let s7 = 0
    for (let i = 0; i < eights; i += 8) {
      s0 += weights[at + i] * input[i]
      s1 += weights[at + i + 1] * input[i + 1]
      s2 += weights[at + i + 2] * input[i + 2]
      s3 += weights[at + i + 3] * input[i + 3]
      s4 += weights[at + i + 4] * input[i + 4]
      s5 += weights[at + i + 5] * input[i + 5]
      s6 += weights[at + i + 6] * input[i + 6]
      s7 += weights[at + i + 7] * input[i + 7]
    }
    let sum = s0 + s1 + s2 + s3
    sum += s4 + s5 + s6 + s7
    for (let i = eights; i < inputs; i++) sum += weights[at + i] * input[i]
    output[node] = sum + biases[node]
  }
}

function addMaxoutNodes({ inputs, outputs, channels, weights, biases }: Layer, input: Float64Array, output: Float64Array): void {
  for (let node = 0; node < outputs; node++) {
    for (let k = 0; k < channels; k++) {
      let sum = 0
      for (let i = 0; i < inputs; i++) sum += input[i] * weights[channels * (node * inputs + i) + k]
      output[channels * node + k] = sum + biases[channels * node + k]
    }
  }
}

function readLayers({ info }: Mojo, width: number, lastActivation: string): Layer[] {
  const units = info.int32s('neural_network_sizes')
  if (units.length < 2 || units.some(n => n < 1 || n > maxUnits)) throw fail('"neural_network_sizes" of model.ini is no list of layers')
  if (units[0] !== width) throw fail(`its network takes ${units[0]} numbers, but a row has ${width}`)
  const dropouts = info.findNumbers('hidden_dropout_ratios') ?? new Float64Array(0)
  return Array.from({ length: units.length - 1 }, (_, l): Layer => {
    const inputs = units[l]
    const outputs = units[l + 1]
    const activation = l === units.length - 2 ? lastActivation : info.text('activation')
    const dropout = dropouts[l] ?? 0
    if (!(dropout >= 0 && dropout < 1)) throw fail(`layer ${l} drops ${dropout} of its nodes`)
    const channels = isMaxout(activation) ? maxoutChannels : 1
    return {
      inputs,
      outputs,
      channels,
      weights: Float32Array.from(info.numbers(`weight_layer${l}`, inputs * outputs * channels)),
      biases: info.numbers(`bias_layer${l}`, outputs * channels),
      activate: activationOf(activation, dropout),
    }
  })
}
