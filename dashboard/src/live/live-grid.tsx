import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { exactText } from '../format.ts'
import { columnsOf, compareBy, valueText } from './columns.ts'
import type { LiveTable } from './live-table.ts'

const step = 100

interface Order {
  readonly column: string
  readonly descending: boolean
}

/** The rows, the last changed first unless a column orders them. Names and values are text, whatever they hold. */
export function LiveGrid({ table, keyColumns, name }: { readonly table: LiveTable; readonly keyColumns: readonly string[]; readonly name: string }) {
  const { rows, changed } = table.view.value
  const order = useSignal<Order | null>(null)
  const wanted = useSignal('')
  const limit = useSignal(step)
  const columns = useMemo(() => {
    const all = columnsOf(rows)
    return [...all.filter(c => keyColumns.includes(c.name)), ...all.filter(c => !keyColumns.includes(c.name))]
  }, [rows])
  const found = useMemo(() => {
    const text = wanted.value.trim().toLowerCase()
    const matching = text === '' ? [...rows] : rows.filter(r => columns.some(c => valueText(r[c.name], c.kind).toLowerCase().includes(text)))
    return order.value === null ? matching.reverse() : matching.sort(compareBy(order.value.column, order.value.descending))
  }, [rows, wanted.value, order.value])
  const turn = (column: string): void => {
    const now = order.value
    order.value = now?.column !== column ? { column, descending: false } : now.descending ? null : { column, descending: true }
  }
  if (rows.length === 0) return <div class="empty">No rows yet.</div>
  return (
    <section class="live-grid" aria-label={`Rows of ${name}`}>
      <div class="choices">
        <label>Find <input type="search" value={wanted.value} onInput={e => { wanted.value = e.currentTarget.value }} placeholder="in all columns" /></label>
        <span class="quiet" role="status">{wanted.value.trim() === '' ? '' : `${exactText(found.length)} of ${exactText(rows.length)} rows`}</span>
      </div>
      <div class="scroll tall" role="region" aria-label={`Rows of ${name}`} tabIndex={0}>
        <table class="live">
          <caption class="unseen">Rows of {name}, {order.value === null ? 'the last changed first' : `by ${order.value.column}`}</caption>
          <thead>
            <tr>
              {columns.map(c => {
                const is = order.value?.column === c.name ? (order.value.descending ? 'descending' : 'ascending') : undefined
                return (
                  <th key={c.name} scope="col" class={c.kind === 'number' ? 'n' : ''} aria-sort={is ?? 'none'}>
                    <button type="button" onClick={() => turn(c.name)}>{c.name}{keyColumns.includes(c.name) && <span class="key" title="Part of the key">key</span>}<span class="sort" aria-hidden="true">{is === 'ascending' ? '▲' : is === 'descending' ? '▼' : '↕'}</span></button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, limit.value).map((row, i) => {
              const key = keyColumns.length === 0 ? String(i) : table.keyOf(row)
              return (
                <tr key={key} class={changed.has(key) ? 'changed' : ''}>
                  {columns.map(c => <td key={c.name} class={{ number: 'n', time: 'time', text: '' }[c.kind]}>{valueText(row[c.name], c.kind)}</td>)}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {found.length > limit.value && <button type="button" class="more" onClick={() => { limit.value += step }}>Show {Math.min(step, found.length - limit.value)} more of {exactText(found.length)}</button>}
    </section>
  )
}
