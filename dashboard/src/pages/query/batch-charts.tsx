import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Progress } from '../../api/types.ts'
import { Chart } from '../../charts/chart.tsx'
import { colours, dashes, type Series, type SeriesColour } from '../../charts/series.ts'
import { bytes, counts, durations, rates, type Unit } from '../../charts/unit.ts'
import { clockText, durationText } from '../../format.ts'

/** Spark's phases in the order in which they come. */
const phases = ['latestOffset', 'queryPlanning', 'getBatch', 'addBatch', 'walCommit', 'commitOffsets']
const replayMs = 400 * 86_400_000

/** The last batches on one time axis: pointing at one chart points at all. */
export function BatchCharts({ batches, heldBackBy }: { readonly batches: readonly Progress[]; /** Inputs that the watermark waits for. */ readonly heldBackBy: readonly string[] }) {
  const cursor = useSignal<number | null>(null)
  const xs = useMemo(() => increasing(batches.map(b => Date.parse(b.timestamp) / 1000)), [batches])
  const charts = useMemo(() => seriesOf(batches), [batches])
  const shared = { xs, cursor, sync: 'batches', pointText: (i: number) => `batch ${batches[i].batchId}, ${clockText(batches[i].timestamp)}` }
  return (
    <div class="charts">
      <Chart {...shared} title="Rows a second" series={charts.rates} />
      <Chart {...shared} title="Duration by phase" series={charts.phases} isStacked />
      {charts.state.length > 0 && <Chart {...shared} title="State" series={charts.state} />}
      {charts.watermark !== null && <Chart {...shared} title="Watermark lag" note={`${charts.watermark.note}${heldBackBy.length === 0 ? '' : ` It waits for ${heldBackBy.join(' and ')}.`}`} series={charts.watermark.series} />}
      <Chart {...shared} title="Late rows and bad records" series={charts.late} />
    </div>
  )
}

function seriesOf(batches: readonly Progress[]): { rates: Series[]; phases: Series[]; state: Series[]; late: Series[]; watermark: { note: string; series: Series[] } | null } {
  const line: Line = (k, label, unit, of, more = {}) => ({ label, colour: colours[k], dash: dashes[k], unit, values: batches.map(of), ...more })
  const sum = <T,>(list: readonly T[], f: (v: T) => number): number => list.reduce((n, v) => n + f(v), 0)
  const names = [...phases, ...new Set(batches.flatMap(b => Object.keys(b.durationMs)).filter(p => !phases.includes(p) && p !== 'triggerExecution'))]
  const used = names.filter(p => batches.some(b => (b.durationMs[p] ?? 0) > 0))
  const rest = batches.map(b => Math.max(0, b.batchDuration - sum(names, p => b.durationMs[p] ?? 0)))
  const layer = (label: string, values: number[]): Omit<Series, 'colour'> => ({ label, unit: durations, holds: 'back', values })
  const layers = [...used.map(p => layer(p, batches.map(b => b.durationMs[p] ?? 0))), ...(rest.some(ms => ms > 0) ? [layer('other', rest)] : [])]
  const isStateful = batches.some(b => b.stateOperators.length > 0)
  return {
    // A batch that ran for its watermark alone has no rate.
    rates: [line(0, 'inputRowsPerSecond', rates, b => (b.numInputRows === 0 ? null : b.inputRowsPerSecond)), line(1, 'processedRowsPerSecond', rates, b => (b.numInputRows === 0 ? null : b.processedRowsPerSecond), { axis: 'right' })],
    phases: layers.map((l, k) => ({ ...l, colour: colours[k % colours.length] satisfies SeriesColour })),
    state: isStateful ? [line(2, 'rows', counts, b => sum(b.stateOperators, s => s.numRowsTotal), { holds: 'on' }), line(3, 'memory', bytes, b => sum(b.stateOperators, s => s.memoryUsedBytes), { holds: 'on', axis: 'right' })] : [],
    watermark: watermarkOf(batches, line),
    late: [line(4, 'late rows', counts, b => sum(b.stateOperators, s => s.numLateRows), { holds: 'back' }), line(5, 'bad records', counts, b => sum(b.sources, s => s.numBadRecords), { holds: 'back' })],
  }
}

type Line = (k: number, label: string, unit: Unit, of: (b: Progress) => number | null, more?: Pick<Series, 'axis' | 'holds'>) => Series

/** How far the watermark is behind the clock; over recorded data, which is years behind it, behind the newest event seen. */
function watermarkOf(batches: readonly Progress[], line: Line): { note: string; series: Series[] } | null {
  const withOne = batches.filter(b => b.eventTime.watermark !== undefined)
  if (withOne.length === 0) return null
  const behindClock = (b: Progress): number | null => (b.eventTime.watermark === undefined ? null : Date.parse(b.timestamp) - Date.parse(b.eventTime.watermark))
  const last = withOne[withOne.length - 1]
  if ((behindClock(last) ?? 0) < replayMs) return { note: 'Behind the clock when the batch began.', series: [line(5, 'lag', durations, behindClock, { holds: 'on' })] }
  let newest = -Infinity
  const newestSeen = new Map(batches.map(b => {
    if (b.eventTime.max !== undefined) newest = Math.max(newest, Date.parse(b.eventTime.max))
    return [b, newest]
  }))
  return {
    note: `Behind the newest event seen: the events are ${durationText(behindClock(last) ?? 0)} old.`,
    series: [line(5, 'lag', durations, b => (b.eventTime.watermark === undefined || newestSeen.get(b) === -Infinity ? null : (newestSeen.get(b) ?? 0) - Date.parse(b.eventTime.watermark)), { holds: 'on' })],
  }
}

/** Batches of one millisecond are a little apart, so that each has its place. */
function increasing(xs: readonly number[]): number[] {
  let before = -Infinity
  return xs.map(x => (before = Math.max(x, before + 0.0005)))
}
