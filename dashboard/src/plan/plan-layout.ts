import { graphlib, layout } from '@dagrejs/dagre'
import type { Plan, PlanNode } from '../api/types.ts'

export interface PlacedNode {
  readonly node: PlanNode
  /** Upper left corner. */
  readonly x: number
  readonly y: number
}

export interface PlanLayout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly { readonly key: string; readonly path: string; readonly shuffle: boolean; readonly labelX: number; readonly labelY: number }[]
}

export const nodeWidth = 186
export const nodeHeight = 78
const margin = 12

/** From the left to the right where that fits into `width`, else from the top down. */
export function layoutPlan(plan: Plan, width: number): PlanLayout {
  const across = placed(plan, 'LR')
  return across.width <= width ? across : placed(plan, 'TB')
}

function placed(plan: Plan, direction: 'LR' | 'TB'): PlanLayout {
  const graph = new graphlib.Graph()
  graph.setGraph({ rankdir: direction, nodesep: 24, ranksep: direction === 'LR' ? 38 : 34, marginx: margin, marginy: margin })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of plan.nodes) graph.setNode(id, { width: nodeWidth, height: nodeHeight })
  for (const { from, to } of plan.edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }
  return {
    width,
    height,
    nodes: plan.nodes.map(node => {
      const { x, y } = graph.node(node.id) as { readonly x: number; readonly y: number }
      return { node, x: x - nodeWidth / 2, y: y - nodeHeight / 2 }
    }),
    edges: plan.edges.map(({ from, to, shuffle }) => {
      const { points } = graph.edge(from, to) as { readonly points: readonly { readonly x: number; readonly y: number }[] }
      const middle = points[Math.floor(points.length / 2)]
      return { key: `${from} ${to}`, shuffle, path: points.map((p, i) => `${i === 0 ? 'M' : 'L'}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join(''), labelX: middle.x, labelY: middle.y }
    }),
  }
}
