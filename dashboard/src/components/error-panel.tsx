import type { ErrorReport } from '../api/types.ts'
import { linkTo } from '../router.ts'
import { Prose } from './prose.tsx'
import { Time } from './time.tsx'

/** A failure: what happened, where, and what to do, which is behind a word where there is little room. */
export function ErrorPanel({ error, withQuery = false, isSmall = false }: { readonly error: ErrorReport; readonly withQuery?: boolean; readonly isSmall?: boolean }) {
  const cause = error.causes.at(-1)
  return (
    <article class="error-panel">
      <header>
        <strong class="code">{error.code ?? 'Error'}</strong>
        <span>{withQuery && <><a href={linkTo('query', error.queryId)}>{error.name ?? error.queryId}</a>, </>}{error.batchId !== null && `batch ${error.batchId}, `}<Time of={error.time} /></span>
        <span class="tag">{error.retryable ? 'A restart may succeed' : 'A restart alone will not help'}</span>
      </header>
      <p class="message">{cause?.message ?? error.message}</p>
      {error.advice !== null && (isSmall ? <details><summary>What to do</summary><Prose text={error.advice} /></details> : <div class="advice"><h4>What to do</h4><Prose text={error.advice} /></div>)}
      {!isSmall && error.causes.length > 1 && (
        <details>
          <summary>How it came about</summary>
          <ol>{error.causes.map((c, i) => <li key={i}><code>{c.code ?? 'Error'}</code> {c.message}</li>)}</ol>
        </details>
      )}
    </article>
  )
}
