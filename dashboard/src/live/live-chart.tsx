import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { Chart } from '../charts/chart.tsx'
import { plural } from '../format.ts'
import { type Choice, chartData, firstChoice } from './chart-data.ts'
import { columnsOf, valueText } from './columns.ts'
import type { Row } from './live-rows.ts'

/** Columns of a live table against each other. */
export function LiveChart({ rows, keyColumns, name }: { readonly rows: readonly Row[]; readonly keyColumns: readonly string[]; readonly name: string }) {
  const chosen = useSignal<Choice | null>(null)
  const cursor = useSignal<number | null>(null)
  const columns = useMemo(() => columnsOf(rows), [rows])
  const has = (column: string): boolean => column === '' || columns.some(c => c.name === column)
  const choice = chosen.value !== null && has(chosen.value.x) && has(chosen.value.y) && has(chosen.value.by) ? chosen.value : firstChoice(columns, keyColumns)
  const data = useMemo(() => (choice === null ? null : chartData(rows, columns, choice)), [rows, choice?.x, choice?.y, choice?.by])
  if (choice === null || data === null) return null
  const pick = (part: Partial<Choice>): void => {
    chosen.value = { ...choice, ...part }
  }
  return (
    <section class="live-chart" aria-label={`Chart of ${name}`}>
      <div class="choices">
        <Select label="Along" value={choice.x} options={columns.filter(c => c.kind !== 'text').map(c => c.name)} onPick={x => pick({ x })} />
        <Select label="Value" value={choice.y} options={columns.filter(c => c.kind === 'number').map(c => c.name)} onPick={y => pick({ y })} />
        <Select label="A line for each" value={choice.by} options={['', ...columns.filter(c => c.name !== choice.x && c.name !== choice.y).map(c => c.name)]} onPick={by => pick({ by })} />
      </div>
      <Chart
        title={choice.by === '' ? `${choice.y} along ${choice.x}` : `${choice.y} along ${choice.x}, by ${choice.by}`} {...(data.left > 0 ? { note: `${plural(data.left, 'more line')} with fewer points are left out.` } : {})}
        xs={data.xs} x={data.kind} series={data.series} cursor={cursor} height={260}
        pointText={i => (data.kind === 'time' ? valueText(new Date((data.xs[i] ?? 0) * 1000).toISOString(), 'time') : valueText(data.xs[i], 'number'))}
      />
    </section>
  )
}

function Select({ label, value, options, onPick }: { readonly label: string; readonly value: string; readonly options: readonly string[]; readonly onPick: (value: string) => void }) {
  return (
    <label>{label} <select value={value} onChange={e => onPick(e.currentTarget.value)}>{options.map(o => <option key={o} value={o}>{o === '' ? '– one line –' : o}</option>)}</select></label>
  )
}
