import { none, timeText } from '../format.ts'

export function Time({ of }: { readonly of: string | null }) {
  return of === null ? <span class="num none">{none}</span> : <time class="num" dateTime={of} title={of}>{timeText(of)}</time>
}
