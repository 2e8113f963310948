import { useEffect, useState } from 'preact/hooks'
import { useResource } from '../api/resource.ts'
import { token } from '../api/client.ts'
import { Waiting } from '../components/state-of-resource.tsx'
import { Time } from '../components/time.tsx'
import { exactText } from '../format.ts'
import { LiveChart } from '../live/live-chart.tsx'
import { LiveGrid } from '../live/live-grid.tsx'
import { LiveTable } from '../live/live-table.ts'
import { linkTo } from '../router.ts'

interface Stream {
  readonly name: string
  readonly key: readonly string[]
  readonly retain: number
  readonly rows: number
  readonly ready: boolean
  readonly queryId: string | null
}

/** Live sinks: what queries have written, as it is committed. */
export function LivePage({ name }: { readonly name: string | null }) {
  const resource = useResource<{ readonly streams: readonly Stream[] }>('streams', 1000)
  if (resource.value === null) return <Waiting resource={resource} missing="There is nothing here." />
  const { streams } = resource.value
  const stream = streams.find(s => s.name === name) ?? (name === null ? streams[0] : undefined)
  return (
    <>
      <div class="page-head">
        <h1>Live</h1>
        {streams.length > 1 && (
          <nav class="sections" aria-label="Live tables">
            {streams.map(s => <a key={s.name} href={linkTo('live', s.name)} aria-current={s === stream ? 'page' : undefined}>{s.name}</a>)}
          </nav>
        )}
      </div>
      {stream === undefined
        ? <div class="empty">{streams.length === 0 ? <>No query writes to a live sink: <code>sink: live(&#123; name: 'board', key: 'id' &#125;)</code> makes one.</> : 'There is no such live table.'}</div>
        : stream.ready
          ? <Board key={`${stream.name} ${token.value}`} stream={stream} />
          : <div class="empty" role="status">“{stream.name}” has no rows to show: its query does not run, or is finishing what an earlier run left.</div>}
    </>
  )
}

function Board({ stream }: { readonly stream: Stream }) {
  const [table, setTable] = useState<LiveTable | null>(null)
  const key = JSON.stringify(stream.key)
  useEffect(() => {
    const opened = new LiveTable(stream.name, JSON.parse(key) as string[])
    setTable(opened)
    return () => opened.close()
  }, [stream.name, key])
  if (table === null) return null
  const view = table.view.value
  return (
    <div data-stream={stream.name} data-batch={view.batchId}>
      <p class="lead" role="status">
        <strong>{stream.name}</strong>: {exactText(view.rows.length)} rows{view.batchId >= 0 && <> after batch {view.batchId}</>}
        {view.watermark !== null && <>, watermark <Time of={view.watermark} /></>}
        {view.state === 'lost' && <> — {view.failure} Trying again …</>}
        {stream.queryId !== null && <> · <a href={linkTo('query', stream.queryId)}>its query</a></>}
      </p>
      <LiveChart rows={view.rows} keyColumns={stream.key} name={stream.name} />
      <LiveGrid table={table} keyColumns={stream.key} name={stream.name} />
    </div>
  )
}
