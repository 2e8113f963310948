/** The candidate closest to a misspelled name, if one is close enough to be meant. */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const d = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const candidate = closest(name, candidates)
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`
}

export function quoteList(names: readonly string[], limit = 20): string {
  const shown = names.slice(0, limit).map(n => `"${n}"`).join(', ')
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = a[i - 1] === b[j - 1] ? previous[j - 1] : previous[j - 1] + 1
      row.push(Math.min(swap, previous[j] + 1, row[j - 1] + 1))
    }
    previous = row
  }
  return previous[b.length]
}
