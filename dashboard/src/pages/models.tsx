import { useResource } from '../api/resource.ts'
import type { Models } from '../api/types.ts'
import { Waiting } from '../components/state-of-resource.tsx'
import { Figure, Value } from '../components/value.tsx'
import { bytesText, countText, digits, durationText } from '../format.ts'
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
        <article class="card model" key={`${m.queryId} ${m.digest}`}>
          <header>
            <h2>{m.label}</h2>
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
          <div class="columns">
            <div><h3>Inputs</h3><ul class="chips">{m.inputs.map(i => <li key={i}><code>{i}</code></li>)}</ul></div>
            <div><h3>New columns</h3><ul class="chips">{m.outputs.map(o => <li key={o.column}><code>{o.column}</code> is <code>{o.output}</code></li>)}</ul></div>
          </div>
        </article>
      ))}
    </>
  )
}
