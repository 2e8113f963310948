import type { QueryDetail, SourceState } from '../../api/types.ts'
import { Meter } from '../../components/meter.tsx'
import { numeric, Table } from '../../components/table.tsx'
import { Value } from '../../components/value.tsx'
import { countText, exactText, plural } from '../../format.ts'

const shown = 200

/** How far each source was read. */
export function SourcesSection({ query }: { readonly query: QueryDetail }) {
  return (
    <section id="sources" tabIndex={-1} aria-labelledby="sources-title">
      <h2 id="sources-title">Sources</h2>
      {query.sources.map(s => <Source key={s.name} source={s} />)}
    </section>
  )
}

function Source({ source: s }: { readonly source: SourceState }) {
  const greatest = Math.max(1, ...s.partitions.map(p => p.lag ?? 0))
  return (
    <div class="card">
      <h3>{s.name}</h3>
      <p class="under">{s.description}</p>
      <p>{s.lag === null ? 'This source does not say what waits.' : s.lag === 0 ? 'Everything that it knows of was read.' : <><Value of={s.lag} text={countText} name="lag" /> {s.unit} wait to be read.</>}</p>
      {s.partitions.length === 0
        ? <details><summary>Offsets</summary><pre>{JSON.stringify({ end: s.end, newest: s.newest }, null, 2)}</pre></details>
        : (
            <Table isLimited caption={`Offsets of ${s.name}, in ${s.unit}`} head={['Partition', numeric('Read up to'), numeric('Newest'), numeric('Lag'), 'Share']}>
              {s.partitions.slice(0, shown).map(p => (
                <tr key={p.partition}>
                  <th scope="row">{p.partition === '' ? 'all' : p.partition}</th>
                  <td class="n"><Value of={p.end} text={exactText} /></td>
                  <td class="n"><Value of={p.newest} text={exactText} /></td>
                  <td class="n"><Value of={p.lag} text={exactText} /></td>
                  <td><Meter share={(p.lag ?? 0) / greatest} /></td>
                </tr>
              ))}
            </Table>
          )}
      {s.partitionCount > Math.min(shown, s.partitions.length) && <p class="quiet">And {plural(s.partitionCount - Math.min(shown, s.partitions.length), 'more partition')} with less to read; the API has them.</p>}
      {Object.keys(s.metrics).length > 0 && <dl class="facts">{Object.entries(s.metrics).map(([name, value]) => <><dt>{name}</dt><dd>{typeof value === 'number' ? countText(value) : String(value)}</dd></>)}</dl>}
    </div>
  )
}
