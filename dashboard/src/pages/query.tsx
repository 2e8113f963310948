import { useResource } from '../api/resource.ts'
import type { CheckpointState, Plan, ProgressHistory, QueryDetail } from '../api/types.ts'
import { ErrorPanel } from '../components/error-panel.tsx'
import { Waiting } from '../components/state-of-resource.tsx'
import { StatusBadge } from '../components/status-badge.tsx'
import { Time } from '../components/time.tsx'
import { Figure, Value } from '../components/value.tsx'
import { bytesText, countText, durationText, plural, rateText } from '../format.ts'
import { PlanSection } from '../plan/plan-section.tsx'
import { BatchCharts } from './query/batch-charts.tsx'
import { BatchTable } from './query/batch-table.tsx'
import { CheckpointSection } from './query/checkpoint-section.tsx'
import { SourcesSection } from './query/sources-section.tsx'
import { StateSection } from './query/state-section.tsx'
import { WatermarkSection } from './query/watermark-section.tsx'

/** One query: what it does now, how its last batches went, and where their time and rows go. */
export function QueryPage({ id }: { readonly id: string }) {
  const path = `api/v1/queries/${encodeURIComponent(id)}`
  const detail = useResource<QueryDetail>(path)
  const progress = useResource<ProgressHistory>(`${path}/progress`, 500)
  const plan = useResource<Plan>(`${path}/plan`, 1000)
  const q = detail.value
  const checkpoint = useResource<CheckpointState>(q?.isActive === true ? `${path}/checkpoint` : null, 3000)
  if (q === null) return <Waiting resource={detail} missing={<>There is no such query here. <a href="#/">All queries</a></>} />
  const batches = progress.value?.progress ?? []
  return (
    <div data-run={q.runId}>
      <div class="page-head">
        <p class="crumb"><a href="#/">Queries</a></p>
        <h1>{q.name ?? q.id} <StatusBadge health={q.health} /></h1>
        <p class="lead" role="status">{q.health.text}</p>
      </div>
      <nav class="sections" aria-label="Sections of this page">
        {sections.map(([name, label]) => <a key={name} href={location.hash} onClick={e => { e.preventDefault(); document.getElementById(name)?.scrollIntoView(); document.getElementById(name)?.focus({ preventScroll: true }) }}>{label}</a>)}
      </nav>
      {q.exception !== null && <ErrorPanel error={q.exception} />}
      <dl class="figures wide card">
        <Figure label="Input"><Value of={q.inputRowsPerSecond} text={rateText} name="inputRowsPerSecond" /></Figure>
        <Figure label="Processed"><Value of={q.processedRowsPerSecond} text={rateText} name="processedRowsPerSecond" /></Figure>
        <Figure label="Batch" note={q.lastBatchId === null ? undefined : <>no. <Value of={q.lastBatchId} text={String} name="lastBatchId" /></>}><Value of={q.batchDurationMs} text={durationText} name="batchDurationMs" /></Figure>
        <Figure label="State" note={<><Value of={q.stateRows} text={countText} name="stateRows" /> rows</>}><Value of={q.stateBytes} text={bytesText} name="stateBytes" /></Figure>
        <Figure label="Rows in" note={plural(q.totals.batches, 'batch', 'batches')}><Value of={q.totals.inputRows} text={countText} name="inputRows" /></Figure>
        <Figure label="Rows out"><Value of={q.totals.outputRows} text={countText} name="outputRows" /></Figure>
        <Figure label="Late rows" isAlert={q.totals.lateRows > 0}><Value of={q.totals.lateRows} text={countText} name="lateRows" /></Figure>
        <Figure label="Bad records" isAlert={q.totals.badRecords > 0}><Value of={q.totals.badRecords} text={countText} name="badRecords" /></Figure>
      </dl>
      <section id="batches" tabIndex={-1} aria-labelledby="batches-title">
        <h2 id="batches-title">{batches.length < 2 ? 'Batches' : `Last ${batches.length} batches`}</h2>
        {batches.length === 0 ? <div class="empty">No batch yet.</div> : <><BatchCharts batches={batches} heldBackBy={q.isActive ? q.watermark.inputs.filter(i => i.holdsBack).map(i => i.sources.join(', ')) : []} /><BatchTable batches={batches} /></>}
      </section>
      <PlanSection plan={plan.value} />
      <SourcesSection query={q} />
      <WatermarkSection query={q} />
      <StateSection query={q} />
      <CheckpointSection query={q} checkpoint={checkpoint.value} />
      <section id="messages" tabIndex={-1} aria-labelledby="messages-title">
        <h2 id="messages-title">Errors and notices</h2>
        {q.errors.length === 0 && q.notices.length === 0 && <p class="quiet">Nothing was reported since the program began.</p>}
        {q.errors.filter(e => e.time !== q.exception?.time).map((e, i) => <ErrorPanel key={i} error={e} />)}
        {q.notices.length > 0 && <ul class="notices">{q.notices.map((n, i) => <li key={i}><strong>{n.source}</strong> {n.message}</li>)}</ul>}
      </section>
      <section id="facts" tabIndex={-1} aria-labelledby="facts-title">
        <h2 id="facts-title">About this query</h2>
        <dl class="facts card">
          <dt>Id</dt><dd><code>{q.id}</code></dd>
          <dt>Run</dt><dd><code>{q.runId}</code></dd>
          <dt>Seen since</dt><dd><Time of={q.since} /></dd>
          {q.endedAt !== null && <><dt>Ended</dt><dd><Time of={q.endedAt} /></dd></>}
          <dt>Status</dt><dd>{q.status}</dd>
          <dt>Trigger</dt><dd>{q.trigger}</dd>
          <dt>Output</dt><dd>{q.outputMode} into {q.sink}</dd>
          <dt>Checkpoint</dt><dd><code>{q.checkpointLocation}</code></dd>
          <dt>State partitions</dt><dd>{q.statePartitions}</dd>
        </dl>
      </section>
    </div>
  )
}

const sections = [['batches', 'Batches'], ['plan', 'Plan'], ['sources', 'Sources'], ['watermark', 'Watermark'], ['state', 'State'], ['checkpoint', 'Checkpoint'], ['messages', 'Errors'], ['facts', 'About']] as const
