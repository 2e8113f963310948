import { float64Type } from '../../columnar/data-type.ts'
import { classesType, columnType } from '../tensor/collect.ts'
import { elementKinds } from '../tensor/element.ts'
import type { RowShape } from '../tensor/column.ts'
import type { OnnxOutput } from './model.ts'
import type { Graph } from './session.ts'
import type { ZippedOutput } from './zip-map.ts'

/**
 * Outputs under the graph's own names, in its order. The first is also `prediction`, and where one is the probabilities of
 * two classes, the second of them is also `probability`: the names that models of every format have.
 *
 * @param shapes of rows, as a trial run found them
 */
export function describeOutputs(graph: Graph, names: readonly string[], zipped: readonly ZippedOutput[], shapes: ReadonlyMap<string, RowShape>): OnnxOutput[] {
  const zips = new Map(zipped.map(zip => [zip.name, zip]))
  const outputs = names.map((name): OnnxOutput => {
    const zip = zips.get(name)
    if (zip !== undefined) return { name, type: classesType(zip.classes), nullable: true, library: name, tensor: zip.tensor }
    const tensor = graph.outputs.find(output => output.name === name)
    const shape = shapes.get(name) ?? tensor?.shape ?? []
    return { name, type: columnType(elementKinds[tensor?.kind ?? 'float32'].element, shape), nullable: true, library: name, tensor: name }
  })
  const taken = new Set(names)
  if (outputs.length > 0 && !taken.has('prediction')) {
    const { library: _, ...first } = outputs[0]
    const isOne = first.type.kind === 'vector' && first.type.size === 1
    outputs.push({ ...first, name: 'prediction', ...(isOne ? { type: float64Type, column: 0 } : {}) })
  }
  const pairs = outputs.find(({ name, type }) => {
    if (zips.has(name)) return type.kind === 'struct' && type.fields.length === 2
    return /prob/i.test(name) && type.kind === 'vector' && type.size === 2
  })
  if (pairs !== undefined && !taken.has('probability')) outputs.push({ name: 'probability', type: float64Type, nullable: true, tensor: pairs.tensor, column: 1 })
  return outputs
}
