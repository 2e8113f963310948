import type { Mojo } from './mojo.ts'
import { OneHotLayout } from './one-hot.ts'

/**
 * What each of a row's `count` contributions belongs to: the features, or, where XGBoost has spread categories over places, a
 * place each, `carrier.AA`, as H2O calls them. Undefined where they are neither.
 */
export function contributorsOf(mojo: Mojo, count: number): string[] | undefined {
  if (count === mojo.features) return mojo.columns.slice(0, count)
  const { categories, offsets, width } = new OneHotLayout(mojo)
  if (width !== count) return undefined
  const skipped = mojo.info.boolean('use_all_factor_levels') ? 0 : 1
  const spread = Array.from({ length: categories }, (_, c): string[] => {
    const places = offsets[c + 1] - offsets[c]
    const names = mojo.domains[c] ?? []
    return Array.from({ length: places }, (_place, k) => `${mojo.columns[c]}.${k === places - 1 ? 'missing(NA)' : (names[k + skipped] ?? String(k + skipped))}`)
  })
  return [...spread.flat(), ...mojo.columns.slice(categories, mojo.features)]
}
