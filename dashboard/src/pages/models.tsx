import { useResource } from '../api/resource.ts'
import type { Models } from '../api/types.ts'
import { Waiting } from '../components/state-of-resource.tsx'
import { numeric, Table } from '../components/table.tsx'
import { Figure, Value } from '../components/value.tsx'
import { bytesText, countText, digits, durationText, exactText, short } from '../format.ts'
import { linkTo } from '../router.ts'

/** Every model in use: which bytes, where, and what it costs. */
export function ModelsPage() {
  const resource = useResource<Models>('api/v1/models')
  if (resource.value === null) return <Waiting resource={resource} missing="There is nothing here." />
  const { models } = resource.value
  return (
    <>
      <div class="page-head">
        <h1>Models</h1>
        <p class="lead">Batches name the digests of the models that scored them, so that each is scored by the same again after a crash.</p>
      </div>
      {models.length === 0 && <div class="empty">No query of this process scores with a model.</div>}
      {models.map(m => (
        <article class="card model" key={`${m.queryId} ${m.reference ?? m.digest}`}>
          <header>
            <h2>{m.reference ?? m.label}{m.version !== null && <span class="tag">version {m.version}</span>}</h2>
            <span class="tag">{m.format}</span>
          </header>
          <p class="under">in <a href={linkTo('query', m.queryId)}>{m.query ?? m.queryId}</a>{m.active ? '' : ', which has ended'}</p>
          <p class="digest"><span class="quiet">SHA-256</span> <code>{m.digest}</code></p>
          <dl class="figures">
            <Figure label="Rows scored" note={m.firstBatchId === null ? undefined : `since batch ${m.firstBatchId}`}><Value of={m.rows} text={countText} name="rows" /></Figure>
            <Figure label="In the last batch"><Value of={m.lastBatchRows} text={countText} name="lastBatchRows" /></Figure>
            <Figure label="Time of its tasks"><Value of={m.lastBatchMs} text={durationText} /></Figure>
            <Figure label="A row"><Value of={m.microsPerRow} text={n => `${digits(n)} µs`} /></Figure>
            <Figure label="Size"><Value of={m.bytes} text={bytesText} name="bytes" /></Figure>
          </dl>
          {m.refused !== null && <p class="refusal"><strong>Version {m.refused.version} was not taken:</strong> {m.refused.reason}</p>}
          <div class="columns">
            <div><h3>Inputs</h3><ul class="chips">{m.inputs.map(i => <li key={i}><code>{i}</code></li>)}</ul></div>
            <div><h3>New columns</h3><ul class="chips">{m.outputs.map(o => <li key={o.column}><code>{o.column}</code> is <code>{o.output}</code></li>)}</ul></div>
          </div>
          {m.earlier.length > 0 && (
            <Table caption="Models that scored here before, newest first" head={['Digest', numeric('From batch'), numeric('Batches'), numeric('Rows')]} isLimited>
              {m.earlier.map(e => (
                <tr key={`${e.digest} ${e.firstBatchId}`}>
                  <th scope="row"><code title={e.digest}>{short(e.digest)}</code></th>
                  <td class="n"><Value of={e.firstBatchId} text={exactText} /></td>
                  <td class="n"><Value of={e.batches} text={exactText} /></td>
                  <td class="n"><Value of={e.rows} text={countText} /></td>
                </tr>
              ))}
            </Table>
          )}
        </article>
      ))}
    </>
  )
}
