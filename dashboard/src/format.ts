/** What stands where there is no value. */
export const none = '–'

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Whole numbers with separators up to a million, then `1.23 M`. */
export function countText(n: number): string {
  if (Math.abs(n) < 1e6) return exact.format(n)
  const [divisor, unit] = Math.abs(n) < 1e9 ? [1e6, 'M'] : Math.abs(n) < 1e12 ? [1e9, 'G'] : [1e12, 'T']
  return `${digits(n / divisor)} ${unit}`
}

export function exactText(n: number): string {
  return exact.format(n)
}

/** Three digits that say something. */
export function digits(n: number): string {
  const a = Math.abs(n)
  if (a >= 100 || Number.isInteger(n)) return exact.format(n)
  return String(Number(n.toFixed(a >= 10 ? 1 : a >= 1 ? 2 : 3)))
}

export function rateText(perSecond: number): string {
  return `${perSecond >= 100 || perSecond === 0 ? countText(perSecond) : digits(perSecond)}/s`
}

export function bytesText(n: number): string {
  if (n < 1024) return `${n} B`
  const [divisor, unit] = n < 1024 ** 2 ? [1024, 'KiB'] : n < 1024 ** 3 ? [1024 ** 2, 'MiB'] : [1024 ** 3, 'GiB']
  return `${digits(n / divisor)} ${unit}`
}

/** `35 ms`, `1.2 s`, `4 min`, `1 h 20 min`, `3 days`, `2.5 years`. */
export function durationText(ms: number): string {
  const sign = ms < 0 ? '−' : ''
  const a = Math.abs(ms)
  if (a < 1000) return `${sign}${a < 10 && a > 0 ? digits(a) : Math.round(a)} ms`
  if (a < 90_000) return `${sign}${digits(Math.round(a / 100) / 10)} s`
  const minutes = Math.round(a / 60_000)
  if (minutes < 90) return `${sign}${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${sign}${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
  const days = a / 86_400_000
  return days < 730 ? `${sign}${digits(Math.round(days * 10) / 10)} days` : `${sign}${digits(Math.round(days / 36.525) / 10)} years`
}

/** `2013-01-08 00:10:00`, in UTC, to the second: whoever needs more points at it. */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '')
}

export function clockText(iso: string): string {
  return iso.slice(11, 19)
}

export function percentText(share: number): string {
  const percent = share * 100
  return `${percent > 0 && percent < 1 ? '<1' : Math.round(percent)} %`
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${countText(n)} ${n === 1 ? one : many}`
}

/** The beginning of an id or digest: enough to tell them apart. */
export function short(id: string): string {
  return id.slice(0, 8)
}
