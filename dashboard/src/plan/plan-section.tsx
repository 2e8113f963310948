import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Plan } from '../api/types.ts'
import { numeric, Table } from '../components/table.tsx'
import { Value } from '../components/value.tsx'
import { bytesText, countText, durationText, percentText, rateText } from '../format.ts'
import { factsOf, PlanGraph } from './plan-graph.tsx'

/** The plan with what the last batch did in each of its steps. */
export function PlanSection({ plan }: { readonly plan: Plan | null }) {
  const frame = useRef<HTMLDivElement>(null)
  const width = useSignal(0)
  const selected = useSignal<string | null>(null)
  const hasPlan = plan !== null
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [hasPlan])
  const slowest = plan?.nodes.reduce<Plan['nodes'][number] | null>((most, n) => ((n.timeShare ?? 0) > (most?.timeShare ?? 0) ? n : most), null) ?? null
  const shown = plan?.nodes.find(n => n.id === selected.value) ?? slowest
  return (
    <section id="plan" tabIndex={-1} aria-labelledby="plan-title">
      <h2 id="plan-title">Plan</h2>
      {plan === null
        ? <p class="quiet">Loading …</p>
        : (
            <>
              <p class="quiet">{plan.batchId === null ? 'No batch has read anything since the start.' : <>With the rows and times of batch {plan.batchId}. A bar is a step’s share of the time of all tasks; a dashed line goes by key from executor to executor.</>}</p>
              <div ref={frame} class="plan-frame scroll" role="region" aria-label="Plan" tabIndex={0}>
                {width.value > 0 && <PlanGraph plan={plan} width={width.value} selected={shown?.id ?? null} slowest={slowest?.id ?? null} onSelect={id => { selected.value = id }} />}
              </div>
              {shown !== null && (
                <div class="step-detail card" aria-live="polite">
                  <h3>{shown.label}{shown.id === slowest?.id && <span class="tag">takes the most time</span>}</h3>
                  <p><code>{shown.detail}</code></p>
                  <p>{factsOf(shown)}</p>
                </div>
              )}
              <details class="as-table">
                <summary>As a table</summary>
                <Table caption="Steps of the plan" head={['Step', numeric('Rows out'), numeric('Rows a second'), numeric('Time'), numeric('Share'), numeric('State rows'), numeric('State')]}>
                  {plan.nodes.map(n => (
                    <tr key={n.id}>
                      <th scope="row">{n.label}</th>
                      <td class="n"><Value of={n.rowsOut} text={countText} /></td>
                      <td class="n"><Value of={n.rowsPerSecond} text={rateText} /></td>
                      <td class="n"><Value of={n.timeMs} text={durationText} /></td>
                      <td class="n"><Value of={n.timeShare} text={percentText} /></td>
                      <td class="n"><Value of={n.stateRows} text={countText} /></td>
                      <td class="n"><Value of={n.stateBytes} text={bytesText} /></td>
                    </tr>
                  ))}
                </Table>
              </details>
              <details class="as-table">
                <summary>As explain() prints it</summary>
                <pre class="scroll" tabIndex={0} role="region" aria-label="Output of explain()">{plan.explain}</pre>
              </details>
            </>
          )}
    </section>
  )
}
