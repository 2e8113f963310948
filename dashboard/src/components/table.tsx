import type { ComponentChildren } from 'preact'

/** A table that scrolls by itself where it is wider than the page, also from the keyboard. */
export function Table({ caption, head, children, isLimited = false }: { readonly caption: string; readonly head: readonly (string | { readonly text: string; readonly isNumber: true })[]; readonly children: ComponentChildren; /** Scrolls by itself when it is long. */ readonly isLimited?: boolean }) {
  return (
    <div class={isLimited ? 'scroll limited' : 'scroll'} role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>{head.map(h => (typeof h === 'string' ? <th key={h} scope="col">{h}</th> : <th key={h.text} scope="col" class="n">{h.text}</th>))}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

export const numeric = (text: string): { readonly text: string; readonly isNumber: true } => ({ text, isNumber: true })
