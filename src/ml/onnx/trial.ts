import { elementKinds } from '../tensor/element.ts'
import type { RowShape } from '../tensor/column.ts'
import type { OnnxRuntime, OrtTensor } from './runtime.ts'
import { type Graph, ortTensor } from './session.ts'

const maxTrialCells = 1024 * 1024

/**
 * Runs the graph once on made-up rows to learn the shapes of what it answers: many files do not say. A graph that cannot
 * score such rows has its declared shapes.
 */
export async function trialShapes(runtime: OnnxRuntime, graph: Graph): Promise<ReadonlyMap<string, RowShape>> {
  const rows = graph.batch ?? 2
  const found = new Map<string, RowShape>()
  const isOpen = graph.inputs.some(input => input.shape.includes(null))
  const isLarge = graph.inputs.some(input => input.shape.reduce((product: number, d) => product * (d ?? 1), rows) > maxTrialCells)
  if (isLarge || isOpen) return found
  const feeds: { [name: string]: OrtTensor } = Object.create(null) as { [name: string]: OrtTensor }
  for (const { name, kind, shape } of graph.inputs) {
    const dims = shape.map(d => d ?? 1)
    const data = elementKinds[kind].make(dims.reduce((product, d) => product * d, rows))
    // Text that is a number too, where a graph parses it.
    if (Array.isArray(data)) data.fill('0')
    feeds[name] = ortTensor(runtime, kind, data, [rows, ...dims])
  }
  try {
    const answers = await graph.session.run(feeds, graph.outputs.map(output => output.name))
    for (const { name } of graph.outputs) if (answers[name].dims[0] === rows) found.set(name, answers[name].dims.slice(1))
  } catch {
    // Made-up rows may be nonsense to it; real ones are judged one by one.
  }
  return found
}
