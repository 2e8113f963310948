import { useMemo } from 'preact/hooks'
import type { Plan, PlanNode } from '../api/types.ts'
import { bytesText, countText, durationText, percentText, rateText } from '../format.ts'
import { layoutPlan, nodeHeight, nodeWidth } from './plan-layout.ts'

interface PlanGraphProps {
  readonly plan: Plan
  readonly width: number
  readonly selected: string | null
  readonly slowest: string | null
  readonly onSelect: (id: string) => void
}

/** The steps of a query as boxes, each with its rows a second, its share of the time and what it keeps. */
export function PlanGraph({ plan, width, selected, slowest, onSelect }: PlanGraphProps) {
  const shape = JSON.stringify([plan.nodes.map(n => n.id), plan.edges])
  const placed = useMemo(() => layoutPlan(plan, width), [shape, width])
  const now = new Map(plan.nodes.map(n => [n.id, n]))
  return (
    <svg class="plan-graph" width={placed.width} height={placed.height} viewBox={`0 0 ${placed.width} ${placed.height}`} role="group" aria-label="Steps of the query in the order of the rows">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" /></marker>
      </defs>
      {placed.edges.map(e => (
        <g key={e.key}>
          <path class={e.shuffle ? 'edge shuffle' : 'edge'} d={e.path} marker-end="url(#arrow)" />
          {e.shuffle && <title>By key, from executor to executor</title>}
        </g>
      ))}
      {placed.nodes.map(({ node, x, y }) => <Step key={node.id} node={now.get(node.id) ?? node} x={x} y={y} isSelected={selected === node.id} isSlowest={slowest === node.id} onSelect={onSelect} />)}
    </svg>
  )
}

function Step({ node: n, x, y, isSelected, isSlowest, onSelect }: { readonly node: PlanNode; readonly x: number; readonly y: number; readonly isSelected: boolean; readonly isSlowest: boolean; readonly onSelect: (id: string) => void }) {
  const share = n.timeShare ?? 0
  const barWidth = nodeWidth - 24 - 42
  return (
    <g
      class={`step ${n.kind}${isSelected ? ' selected' : ''}${isSlowest ? ' slowest' : ''}`} transform={`translate(${x} ${y})`}
      tabindex={0} role="button" aria-pressed={isSelected} aria-label={`${n.label}${isSlowest ? ', takes the most time' : ''}. ${factsOf(n)}`} data-step={n.id}
      onClick={() => onSelect(n.id)}
      onKeyDown={e => {
        if (e.key !== 'Enter' && e.key !== ' ') return
        e.preventDefault()
        onSelect(n.id)
      }}
    >
      <rect class="box" width={nodeWidth} height={nodeHeight} rx="7" />
      <text class="step-label" x="12" y="21">{cut(n.label, 22)}</text>
      <text class="step-fact" x="12" y="40">{n.rowsPerSecond !== null ? rateText(n.rowsPerSecond) : n.stateRows !== null ? `${countText(n.stateRows)} rows, ${bytesText(n.stateBytes ?? 0)}` : n.kind === 'table' ? 'static' : n.kind === 'sink' ? 'output' : ''}</text>
      {n.timeShare !== null && (
        <>
          <rect class="rail" x="12" y="55" width={barWidth} height="7" rx="2" />
          <rect class="part" x="12" y="55" width={Math.max(1, share * barWidth)} height="7" rx="2" />
          <text class="step-share" x={nodeWidth - 12} y="62.5" text-anchor="end">{percentText(share)}</text>
        </>
      )}
    </g>
  )
}

/** What is known of a step, in words. */
export function factsOf(n: PlanNode): string {
  return [
    n.rowsOut !== null && `${countText(n.rowsOut)} rows out`,
    n.rowsPerSecond !== null && rateText(n.rowsPerSecond),
    n.timeMs !== null && `${durationText(n.timeMs)}${n.timeShare === null ? '' : `, ${percentText(n.timeShare)} of the time`}`,
    n.stateRows !== null && `keeps ${countText(n.stateRows)} rows in ${bytesText(n.stateBytes ?? 0)}`,
  ].filter(Boolean).join('; ')
}

/** By characters, so that none is cut in two. */
function cut(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
