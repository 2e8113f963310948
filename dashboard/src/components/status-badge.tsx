import type { Health } from '../api/types.ts'

interface Look {
  readonly word: string
  readonly tone: 'good' | 'busy' | 'warn' | 'bad' | 'idle'
  /** A shape for each, so that it is told without its colour. */
  readonly path: string
}

const looks: { readonly [kind in Health['kind']]: Look } = {
  ok: { word: 'Running', tone: 'good', path: 'M3.5 8.5 6.7 11.6 12.6 4.8' },
  starting: { word: 'Starting', tone: 'busy', path: 'M8 3v5l3.2 2' },
  'catching-up': { word: 'Catching up', tone: 'busy', path: 'M3.5 11.5 8 6.5l4.5 5M3.5 7 8 2.5 12.5 7' },
  behind: { word: 'Behind', tone: 'warn', path: 'M8 3v6.2M8 12.2v.6' },
  slow: { word: 'Slow', tone: 'warn', path: 'M8 3v6.2M8 12.2v.6' },
  stalled: { word: 'Stalled', tone: 'bad', path: 'M5.5 4v8M10.5 4v8' },
  failed: { word: 'Failed', tone: 'bad', path: 'M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6' },
  stopped: { word: 'Stopped', tone: 'idle', path: 'M5 5h6v6H5z' },
}

export function StatusBadge({ health }: { readonly health: Health }) {
  const { word, tone, path } = looks[health.kind]
  return (
    <span class={`badge ${tone}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d={path} /></svg>
      {word}
    </span>
  )
}
