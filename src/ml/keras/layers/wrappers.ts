import { DocumentPart } from '../../document.ts'
import { type LayerCall, type LayerKind, noArguments, unsupportedOption, type Value } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

/** A layer for each step of a sequence: the steps become rows. */
export const timeDistributed: LayerKind = ({ config }, tools) => {
  const { ops } = tools
  const inner = tools.inner(config.get('layer'), 'layer')
  return ([{ tensor, mask }]) => {
    const [rows, steps, ...rest] = tensor.shape
    const [{ tensor: y }] = inner([{ tensor: ops.reshape(tensor, [rows * steps, ...rest]) }], noArguments)
    return [{ tensor: ops.reshape(y, [rows, steps, ...y.shape.slice(1)]), ...(mask === undefined ? {} : { mask }) }]
  }
}

export const bidirectional: LayerKind = (layer, tools) => {
  const { ops } = tools
  const forwardPart = layer.config.get('layer')
  const backwardPart = layer.config.find('backward_layer') ?? turned(forwardPart)
  const [forward, backward] = [tools.inner(forwardPart, 'forward_layer'), tools.inner(backwardPart, 'backward_layer')]
  const hasSequences = forwardPart.get('config').find('return_sequences')?.value === true
  const mode = layer.config.find('merge_mode')?.text() ?? 'none'
  if (!['concat', 'sum', 'ave', 'mul', 'none'].includes(mode)) throw unsupportedOption(layer, `the merge mode "${mode}"`)
  return (inputs, given) => {
    const [ahead, ...aheadStates] = forward(inputs.slice(0, 1), given)
    const [behind, ...behindStates] = backward(inputs.slice(0, 1), given)
    const back = hasSequences ? ops.reverse(behind.tensor, 1) : behind.tensor
    const states = [...aheadStates, ...behindStates]
    if (mode === 'none') return [ahead, { ...behind, tensor: back }, ...states]
    return [{ ...ahead, tensor: merged(ops, mode, ahead.tensor, back) }, ...states]
  }
}

function merged(ops: Ops, mode: string, a: Tensor, b: Tensor): Tensor {
  switch (mode) {
    case 'sum':
      return ops.add(a, b)
    case 'ave':
      return ops.mul(ops.add(a, b), 0.5)
    case 'mul':
      return ops.mul(a, b)
    default:
      return ops.concat([a, b], a.shape.length - 1)
  }
}

/** The same layer the other way round. */
function turned(part: DocumentPart): DocumentPart {
  const config = part.get('config')
  const isBackward = config.find('go_backwards')?.value === true
  const copy: { [key: string]: unknown } = Object.create(null) as { [key: string]: unknown }
  for (const key of config.keys()) copy[key] = config.find(key)?.value ?? null
  copy.go_backwards = !isBackward
  return new DocumentPart({ class_name: part.get('class_name').text(), config: copy }, part.path, what => part.wrong(what))
}

/** Its kernel was divided by its largest singular value when it was saved. */
export const spectralNormalization: LayerKind = ({ config }, tools): LayerCall => {
  const inner = tools.inner(config.get('layer'), 'layer')
  return (inputs: readonly Value[]) => inner(inputs, noArguments)
}
