import { useResource } from '../api/resource.ts'
import type { Errors, Queries, QuerySummary } from '../api/types.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { ErrorPanel } from '../components/error-panel.tsx'
import { Waiting } from '../components/state-of-resource.tsx'
import { StatusBadge } from '../components/status-badge.tsx'
import { Time } from '../components/time.tsx'
import { Figure, Value } from '../components/value.tsx'
import { bytesText, countText, durationText, plural, rateText } from '../format.ts'
import { linkTo } from '../router.ts'

/** Every query at a glance: whether it keeps up, and what it does. */
export function OverviewPage() {
  const resource = useResource<Queries>('api/v1/queries')
  const errors = useResource<Errors>('api/v1/errors', 2000).value?.errors ?? []
  if (resource.value === null) return <Waiting resource={resource} missing="There is nothing here." />
  const { queries } = resource.value
  const gone = errors.filter(e => !queries.some(q => q.exception?.time === e.time && q.id === e.queryId))
  return (
    <>
      <div class="page-head">
        <h1>Queries</h1>
        <p class="lead" role="status">{sentence(queries)}</p>
      </div>
      {queries.length === 0 && <div class="empty">No query has been started in this process yet.</div>}
      <div class="cards">{queries.toSorted((a, b) => urgency(b) - urgency(a)).map(q => <QueryCard key={q.id} query={q} />)}</div>
      {gone.length > 0 && (
        <section>
          <h2>Earlier failures</h2>
          {gone.slice(0, 10).map((e, i) => <ErrorPanel key={i} error={e} withQuery isSmall />)}
        </section>
      )}
    </>
  )
}

function QueryCard({ query: q }: { readonly query: QuerySummary }) {
  return (
    <article class="card query-card" data-query={q.name ?? q.id}>
      <header>
        <h2><a href={linkTo('query', q.id)}>{q.name ?? q.id}</a></h2>
        <StatusBadge health={q.health} />
      </header>
      <p class="health">{q.health.text}</p>
      <Sparkline values={q.recent.map(b => b.inputRows).filter(n => n > 0)} label={`Rows of the last ${q.recent.length} batches, at most ${countText(Math.max(0, ...q.recent.map(b => b.inputRows)))}`} />
      <dl class="figures">
        <Figure label="Input"><Value of={q.inputRowsPerSecond} text={rateText} name="inputRowsPerSecond" /></Figure>
        <Figure label="Processed"><Value of={q.processedRowsPerSecond} text={rateText} name="processedRowsPerSecond" /></Figure>
        <Figure label="Batch" note={q.lastBatchId === null ? undefined : <>no. <Value of={q.lastBatchId} text={String} name="lastBatchId" /></>}><Value of={q.batchDurationMs} text={durationText} name="batchDurationMs" /></Figure>
        <Figure label="State" note={plural(q.stateRows, 'row')}><Value of={q.stateBytes} text={bytesText} name="stateBytes" /></Figure>
        <Figure label="Rows in"><Value of={q.totals.inputRows} text={countText} name="inputRows" /></Figure>
        <Figure label="Rows out"><Value of={q.totals.outputRows} text={countText} name="outputRows" /></Figure>
        <Figure label="Late rows" isAlert={q.totals.lateRows > 0}><Value of={q.totals.lateRows} text={countText} name="lateRows" /></Figure>
        <Figure label="Bad records" isAlert={q.totals.badRecords > 0}><Value of={q.totals.badRecords} text={countText} name="badRecords" /></Figure>
      </dl>
      {q.currentWatermark !== null && <p class="under">Watermark <Time of={q.currentWatermark} /></p>}
      {q.exception !== null && <ErrorPanel error={q.exception} isSmall />}
    </article>
  )
}

/** What needs somebody comes first. */
function urgency({ health: { kind } }: QuerySummary): number {
  return kind === 'failed' || kind === 'stalled' ? 2 : kind === 'behind' || kind === 'slow' ? 1 : kind === 'stopped' ? -1 : 0
}

function sentence(queries: readonly QuerySummary[]): string {
  const count = (kinds: readonly string[]): number => queries.filter(q => kinds.includes(q.health.kind)).length
  const parts = [
    [count(['ok']), 'keeping up'], [count(['starting']), 'starting'], [count(['catching-up']), 'catching up'], [count(['behind', 'slow']), 'behind'],
    [count(['stalled']), 'stalled'], [count(['failed']), 'failed'], [count(['stopped']), 'stopped'],
  ] as const
  return parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(', ')
}
