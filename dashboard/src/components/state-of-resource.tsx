import type { ComponentChildren } from 'preact'
import type { Resource } from '../api/resource.ts'

/** What a page says while it has nothing to show yet. */
export function Waiting({ resource, missing }: { readonly resource: Resource<unknown>; readonly missing: ComponentChildren }) {
  if (resource.isMissing) return <div class="empty">{missing}</div>
  if (resource.failure !== null) return <div class="empty" role="status">{resource.failure}</div>
  return <div class="empty" role="status">Loading …</div>
}
