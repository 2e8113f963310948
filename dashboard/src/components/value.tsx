import type { ComponentChildren } from 'preact'
import { none } from '../format.ts'

/** A number of the API: shown short, exact in `value` and on pointing at it. */
export function Value({ of, text, name }: { readonly of: number | null | undefined; readonly text: (n: number) => string; readonly name?: string }) {
  if (of === null || of === undefined) return <span class="num none">{none}</span>
  return <data class="num" value={String(of)} title={String(of)} data-name={name}>{text(of)}</data>
}

/** A figure with its name. */
export function Figure({ label, children, note, isAlert = false }: { readonly label: string; readonly children: ComponentChildren; readonly note?: ComponentChildren; readonly isAlert?: boolean }) {
  return (
    <div class={isAlert ? 'figure alert' : 'figure'}>
      <dt>{label}</dt>
      <dd>
        {children}
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  )
}
