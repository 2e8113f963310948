import { messageOf } from '../../common/errors.ts'
import { unreadable, unsupported } from '../errors.ts'
import { type ElementKind, elementKinds, isElementKind, type TensorData } from '../tensor/element.ts'
import type { RowShape } from '../tensor/column.ts'
import { toHalves } from './half.ts'
import { type OnnxRuntime, type OrtSession, type OrtTensor, type OrtValueInfo, sessionOptions } from './runtime.ts'

/** A tensor that the graph takes or answers. */
export interface GraphTensor {
  readonly name: string
  readonly kind: ElementKind
  /** Without the batch dimension. */
  readonly shape: RowShape
}

export interface Graph {
  readonly session: OrtSession
  readonly inputs: readonly GraphTensor[]
  readonly outputs: readonly GraphTensor[]
  /** How many rows the graph takes at a time, where its file fixes that. */
  readonly batch: number | null
}

/**
 * Opens a checked model from memory.
 * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED naming the tensor or operator
 */
export async function openGraph(runtime: OnnxRuntime, model: Uint8Array): Promise<Graph> {
  let session: OrtSession
  try {
    session = await runtime.ort.InferenceSession.create(model, sessionOptions)
  } catch (error) {
    throw refusedBy(error)
  }
  try {
    const batches = new Set<number>()
    const inputs = session.inputMetadata.map(info => {
      const { batch, ...tensor } = graphTensor(info, 'input')
      if (batch !== null) batches.add(batch)
      return tensor
    })
    if (inputs.length === 0) throw unsupported('ONNX', 'no inputs', 'A graph without inputs answers the same for every row.')
    if (batches.size > 1) throw unsupported('ONNX', `inputs whose first dimensions differ (${[...batches].join(', ')})`, 'The first dimension of every input counts rows.')
    const outputs = session.outputMetadata.map(info => {
      const { batch: _, ...tensor } = graphTensor(info, 'output')
      return tensor
    })
    return { session, inputs, outputs, batch: [...batches][0] ?? null }
  } catch (error) {
    await session.release()
    throw error
  }
}

const maxRank = 8

function graphTensor({ name, isTensor, type, shape }: OrtValueInfo, what: 'input' | 'output'): GraphTensor & { batch: number | null } {
  if (!isTensor || type === undefined || shape === undefined) throw unsupported('ONNX', `an ${what} "${name}" that is no tensor`, 'Export the model with tensors as inputs and outputs (for scikit-learn: options={"zipmap": False}).')
  if (!isElementKind(type)) throw unsupported('ONNX', `an ${what} "${name}" of type ${type}`, `Supported are ${Object.keys(elementKinds).join(', ')}.`)
  if (shape.length === 0 && what === 'input') throw unsupported('ONNX', `an ${what} "${name}" without a dimension for rows`, 'Give the tensor a first dimension, of any length.')
  if (shape.length > maxRank) throw unsupported('ONNX', `an ${what} "${name}" of ${shape.length} dimensions`, `At most ${maxRank} are supported.`)
  const dims = shape.map(d => (typeof d === 'number' && d >= 0 ? d : null))
  return { name, kind: type, shape: dims.slice(1), batch: dims[0] ?? null }
}

/** What ONNX Runtime says of a file, sorted into what it cannot compute and what is no model. */
function refusedBy(error: unknown): Error {
  const text = messageOf(error).split('\n')[0].slice(0, 300).replace(/\.+$/, '')
  if (/NOT_IMPLEMENTED|not a registered function\/op|Could not find an implementation|is not registered/i.test(text)) {
    return unsupported('ONNX', `something that ONNX Runtime cannot compute (${text})`, 'Export the model with operators of the standard sets ai.onnx and ai.onnx.ml.')
  }
  return unreadable('ONNX', `ONNX Runtime refuses it: ${text}`, error)
}

/** A tensor of the runtime over memory that was filled. */
export function ortTensor({ ort }: OnnxRuntime, kind: ElementKind, data: TensorData, dims: readonly number[]): OrtTensor {
  return new ort.Tensor(kind, kind === 'float16' ? toHalves(data as Float32Array) : data, dims)
}
