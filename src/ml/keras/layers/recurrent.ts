import { activationNamed, activationOf } from '../activations.ts'
import { type Argument, flag, isValue, type LayerCall, type LayerConfig, type LayerKind, type LayerTools, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'
import { dot } from './dense.ts'

/** One step of a recurrent layer: what the inputs of all steps were turned into, and how a step changes the states. */
interface Cell {
  readonly units: number
  readonly stateCount: number
  /** Of all steps at once: [rows, steps, …]. */
  project(x: Tensor): Tensor
  /** The first of the states is the answer of the step. */
  step(projected: Tensor, states: readonly Tensor[]): Tensor[]
}

type MakeCell = (layer: LayerConfig, tools: LayerTools) => Cell

/** The place of the weights, an activation, and whether there is a bias. */
function parts({ config }: LayerConfig, tools: LayerTools): { weights: readonly Tensor[]; activation: (x: Tensor) => Tensor; recurrent: (x: Tensor) => Tensor; hasBias: boolean } {
  const hasBias = flag(config, 'use_bias', true)
  const recurrent = config.find('recurrent_activation')
  return {
    weights: tools.part('cell').weights(hasBias ? 3 : 2),
    activation: config.find('activation') === undefined ? activationNamed('tanh', tools.ops, tools.kerasMajor) : activationOf(config.find('activation'), tools),
    recurrent: recurrent === undefined ? tools.ops.sigmoid : activationOf(recurrent, tools),
    hasBias,
  }
}

const simpleCell: MakeCell = (layer, tools) => {
  const { ops } = tools
  const { weights: [kernel, inner, bias], activation, hasBias } = parts(layer, tools)
  return {
    units: inner.shape[0],
    stateCount: 1,
    project: x => (hasBias ? ops.add(dot(ops, x, kernel), bias) : dot(ops, x, kernel)),
    step: (x, [h]) => [activation(ops.add(x, ops.matMul(h, inner)))],
  }
}

const lstmCell: MakeCell = (layer, tools) => {
  const { ops } = tools
  const { weights: [kernel, inner, bias], activation, recurrent, hasBias } = parts(layer, tools)
  return {
    units: inner.shape[0],
    stateCount: 2,
    project: x => (hasBias ? ops.add(dot(ops, x, kernel), bias) : dot(ops, x, kernel)),
    step(x, [h, c]) {
      const [input, forget, candidate, output] = ops.split(ops.add(x, ops.matMul(h, inner)), 4, 1)
      const next = ops.add(ops.mul(recurrent(forget), c), ops.mul(recurrent(input), activation(candidate)))
      return [ops.mul(recurrent(output), activation(next)), next]
    },
  }
}

/** With reset_after, the default since Keras 2 on TensorFlow 2, the reset gate acts after the product and there are two biases. */
const gruCell: MakeCell = (layer, tools) => {
  const { ops } = tools
  const { weights: [kernel, inner, bias], activation, recurrent, hasBias } = parts(layer, tools)
  const units = inner.shape[0]
  const isAfter = flag(layer.config, 'reset_after', true)
  const [inputBias, innerBias] = !hasBias ? [] : isAfter ? tools.keepAll(() => ops.unstack(bias, 0)) : [bias]
  const [gates, candidateKernel] = isAfter ? [] : tools.keepAll(() => [ops.slice(inner, [0, 0], [units, 2 * units]), ops.slice(inner, [0, 2 * units], [units, units])])
  return {
    units,
    stateCount: 1,
    project: x => (inputBias === undefined ? dot(ops, x, kernel) : ops.add(dot(ops, x, kernel), inputBias)),
    step(x, [h]) {
      const [xz, xr, xh] = ops.split(x, 3, 1)
      let update: Tensor
      let candidate: Tensor
      if (isAfter) {
        const product = ops.matMul(h, inner)
        const [hz, hr, hh] = ops.split(innerBias === undefined ? product : ops.add(product, innerBias), 3, 1)
        update = recurrent(ops.add(xz, hz))
        candidate = activation(ops.add(xh, ops.mul(recurrent(ops.add(xr, hr)), hh)))
      } else {
        const [hz, hr] = ops.split(ops.matMul(h, gates), 2, 1)
        update = recurrent(ops.add(xz, hz))
        candidate = activation(ops.add(xh, ops.matMul(ops.mul(recurrent(ops.add(xr, hr)), h), candidateKernel)))
      }
      return [ops.add(ops.mul(update, h), ops.mul(ops.sub(1, update), candidate))]
    },
  }
}

/** Runs a cell over the steps. A masked step keeps the states, and answers what the step before it did, or zeros. */
function recurrent(makeCell: MakeCell): LayerKind {
  return (layer, tools): LayerCall => {
    const { ops } = tools
    const { config } = layer
    if (flag(config, 'stateful', false)) throw unsupportedOption(layer, 'a state that is kept between batches')
    const cell = makeCell(layer, tools)
    const isBackward = flag(config, 'go_backwards', false)
    const [returnsSequences, returnsState, zeroes] = ['return_sequences', 'return_state', 'zero_output_for_mask'].map(key => flag(config, key, false))
    return (inputs, given) => {
      const [{ tensor, mask }] = inputs
      const rows = tensor.shape[0]
      const projected = ops.unstack(cell.project(tensor), 1)
      const masks = mask === undefined ? undefined : ops.unstack(mask, 1)
      const order = projected.map((_, k) => (isBackward ? projected.length - 1 - k : k))
      let states = initialStates(given.named.get('initial_state') ?? given.positional, inputs.slice(1).map(input => input.tensor), cell.stateCount)
      if (states.length === 0) states = Array.from({ length: cell.stateCount }, () => ops.zeros([rows, cell.units]))
      let answer = ops.zeros([rows, cell.units])
      const none = answer
      const answers: Tensor[] = []
      for (const step of order) {
        const next = cell.step(projected[step], states)
        if (masks === undefined) {
          answer = next[0]
          states = next
        } else {
          const counts = column(ops, masks[step], rows)
          answer = ops.where(counts, next[0], zeroes ? none : answer)
          const before = states
          states = next.map((state, k) => ops.where(counts, state, before[k]))
        }
        if (returnsSequences) answers.push(answer)
      }
      const first = returnsSequences ? { tensor: ops.stack(answers, 1), ...(mask === undefined ? {} : { mask }) } : { tensor: answer }
      return [first, ...(returnsState ? states.map(state => ({ tensor: state })) : [])]
    }
  }
}

function column(ops: Ops, mask: Tensor, rows: number): Tensor {
  return ops.reshape(mask, [rows, 1])
}

function initialStates(given: Argument | readonly Argument[], more: readonly Tensor[], count: number): Tensor[] {
  const found = [...(Array.isArray(given) ? given : [given])].flat().filter(isValue).map(value => value.tensor)
  const all = found.length > 0 ? found : more
  return all.length >= count ? all.slice(0, count) : []
}

export const simpleRnn = recurrent(simpleCell)
export const lstm = recurrent(lstmCell)
export const gru = recurrent(gruCell)
