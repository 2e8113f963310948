import type { Series } from './series.ts'

/** How a series is drawn, small, beside its name. */
export function SeriesMark({ series, isLayer, index }: { readonly series: Series; readonly isLayer: boolean; readonly index: number }) {
  if (!isLayer) {
    return (
      <svg class={`mark ${series.colour}`} viewBox="0 0 22 10" width="22" height="10" aria-hidden="true">
        <line x1="1" y1="5" x2="21" y2="5" stroke-width="2.4" stroke-dasharray={(series.dash ?? []).join(' ')} />
      </svg>
    )
  }
  const kind = index % 4
  return (
    <svg class={`mark ${series.colour}`} viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
      <rect class="layer" x="0.5" y="0.5" width="13" height="11" rx="1.5" />
      {(kind === 1 || kind === 3) && <path d="M1 8 8 1M4 11 13 2" stroke-width="1.4" />}
      {(kind === 2 || kind === 3) && <path d="M6 1l7 7M1 2l9 9" stroke-width="1.4" />}
    </svg>
  )
}
