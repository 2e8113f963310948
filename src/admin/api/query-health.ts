import type { Backlog, Health } from './api-types.ts'

/** What health is judged by. */
export interface HealthFacts {
  readonly isActive: boolean
  readonly isRecovered: boolean
  readonly exception: { readonly code: string | null } | null
  /** Why it does not count as ready, if it does not. */
  readonly stalled: string | undefined
  readonly backlog: Backlog | null
  readonly triggerIntervalMs: number | null
  /** Of the last batches, newest last. */
  readonly durationsMs: readonly number[]
  readonly isBusy: boolean
}

/** How a query does, in a sentence. */
export function healthOf(f: HealthFacts): Health {
  if (f.exception !== null) return { kind: 'failed', text: `Failed${f.exception.code === null ? '' : ` with ${f.exception.code}`}.` }
  if (!f.isActive) return { kind: 'stopped', text: 'Stopped.' }
  if (!f.isRecovered) return { kind: 'starting', text: 'Finishing what an earlier run left.' }
  if (f.stalled !== undefined) return { kind: 'stalled', text: f.stalled }
  if (f.backlog !== null) return behind(f.backlog)
  const last = f.durationsMs.slice(-5)
  const mean = last.reduce((n, ms) => n + ms, 0) / Math.max(1, last.length)
  if (f.triggerIntervalMs !== null && f.triggerIntervalMs > 0 && last.length === 5 && mean > f.triggerIntervalMs) {
    return { kind: 'slow', text: `Batches take ${timeText(mean / 1000)}, longer than the ${timeText(f.triggerIntervalMs / 1000)} between their triggers.` }
  }
  return { kind: 'ok', text: f.isBusy ? 'Keeping up.' : 'Keeping up, waiting for data.' }
}

function behind({ amount, unit, growthPerSecond, caughtUpInSeconds }: Backlog): Health {
  const by = `${amountText(amount)} ${unit} behind`
  if (caughtUpInSeconds !== null) return { kind: 'catching-up', text: `${by}, caught up in about ${timeText(caughtUpInSeconds)}.` }
  if (growthPerSecond === null) return { kind: 'behind', text: `${by}.` }
  if (growthPerSecond > 0) return { kind: 'behind', text: `Falling behind: ${by}, and ${rateText(growthPerSecond)} more.` }
  return { kind: 'behind', text: `${by}, no more and no less.` }
}

function rateText(perSecond: number): string {
  return perSecond >= 1 ? `${amountText(perSecond)} a second` : perSecond * 60 >= 1 ? `${amountText(perSecond * 60)} a minute` : `${amountText(Math.max(1, perSecond * 3600))} an hour`
}

function amountText(n: number): string {
  return Math.round(n).toLocaleString('en-US')
}

/** Two units at most: `3 min`, `1 h 20 min`. */
export function timeText(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`
  if (seconds < 90) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}` : `${Math.round(hours / 24)} days`
}
