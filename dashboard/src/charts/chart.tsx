import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clockText, none } from '../format.ts'
import { isDark } from '../theme.ts'
import { SeriesMark } from './series-mark.tsx'
import { type Series, stacked } from './series.ts'
import { timeIncrements } from './unit.ts'

export interface ChartProps {
  readonly title: string
  /** One sentence under the title. */
  readonly note?: string
  /** Seconds since the epoch, ascending; or numbers, with `x: 'number'`. */
  readonly xs: readonly number[]
  readonly x?: 'time' | 'number'
  readonly series: readonly Series[]
  /** Layers on top of each other in place of lines. */
  readonly isStacked?: boolean
  readonly height?: number
  /** Shared by charts with the same x: the place that is pointed at. */
  readonly cursor: Signal<number | null>
  readonly sync?: string
  /** What stands for a point on the x axis; by default its time of day. */
  readonly pointText?: (index: number) => string
}

/**
 * Lines or layers over x. What is drawn is told in the legend as well, at the place that is pointed at or else the last: by
 * mouse, touch, or the arrow keys.
 */
export function Chart({ title, note, xs, x = 'time', series, isStacked = false, height = 150, cursor, sync, pointText }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const width = useSignal(0)
  const titleId = useId()
  const dark = isDark.value
  const shape = JSON.stringify([dark, isStacked, x, height, series.map(s => [s.label, s.colour, s.axis, s.dash, s.holds])])
  const latest = useRef(series)
  latest.current = series

  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth
      plot.current?.setSize({ width: element.clientWidth, height })
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [height])

  const hasWidth = width.value > 0
  useEffect(() => {
    const element = frame.current
    if (element === null || !hasWidth) return undefined
    const made = new uPlot(optionsOf(element, latest.current, { isStacked, x, height, sync, cursor }), dataOf(xs, series, isStacked), element)
    plot.current = made
    return () => {
      plot.current = null
      made.destroy()
    }
  }, [shape, hasWidth])

  useEffect(() => {
    plot.current?.setData(dataOf(xs, series, isStacked))
  }, [xs, series])

  // Where nothing is pointed at, the last value that there is.
  const valueAt = (s: Series, i: number): number | null => (cursor.value === null ? (s.values.findLast(v => v !== null) ?? null) : (s.values[i] ?? null))
  const told = (s: Series): string => {
    const value = valueAt(s, at)
    return value === null ? none : s.unit.text(value)
  }
  const at = cursor.value !== null && cursor.value < xs.length ? cursor.value : xs.length - 1
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key]
    if (event.key === 'Escape') cursor.value = null
    if (step === undefined) return
    event.preventDefault()
    cursor.value = Math.max(0, Math.min(xs.length - 1, (cursor.value ?? xs.length - 1) + step))
    const made = plot.current
    if (made !== null) made.setCursor({ left: made.valToPos(xs[cursor.value], 'x'), top: made.over.clientHeight / 2 })
  }
  const where = at < 0 ? '' : pointText === undefined ? (x === 'time' ? clockText(new Date(xs[at] * 1000).toISOString()) : String(xs[at])) : pointText(at)
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption>
        <div class="chart-head"><h3 id={titleId}>{title}</h3>{where !== '' && <span class="legend-at">{cursor.value === null ? 'last' : 'at'} {where}</span>}</div>
        {note !== undefined && <p class="note">{note}</p>}
        <ul class="legend">
          {series.map((s, k) => (
            <li key={s.label}>
              <SeriesMark series={s} isLayer={isStacked} index={k} />
              <span class="legend-label">{s.label}{s.axis === 'right' && ' (right)'}</span> <span class="num">{told(s)}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={frame} class="plot" tabIndex={0} role="img" aria-label={`${title}: ${series.map(s => `${s.label} ${told(s)}`).join(', ')}. Arrow keys move along.`} onKeyDown={move} />
    </figure>
  )
}

/** Layers are drawn from the top one down: each covers what belongs to those below it. */
function dataOf(xs: readonly number[], series: readonly Series[], isStacked: boolean): uPlot.AlignedData {
  const values = series.map(s => s.values)
  return [xs as number[], ...((isStacked ? stacked(values).toReversed() : values) as (number | null)[][])]
}

function optionsOf(element: HTMLElement, series: readonly Series[], o: { readonly isStacked: boolean; readonly x: 'time' | 'number'; readonly height: number; readonly sync: string | undefined; readonly cursor: Signal<number | null> }): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const drawn = o.isStacked ? series.toReversed() : series
  const axis = { stroke: colour('muted'), font: `11px ${style.fontFamily}`, ticks: { stroke: colour('line'), size: 4 }, grid: { stroke: colour('grid'), width: 1 } }
  const side = (name: 'left' | 'right'): uPlot.Axis | null => {
    const first = series.find(s => (s.axis ?? 'left') === name)
    if (first === undefined) return null
    // With two axes each has the colour of its line, which the legend names too.
    const stroke = series.some(s => s.axis === 'right') ? colour(first.colour) : axis.stroke
    return { ...axis, stroke, scale: name, side: name === 'left' ? 3 : 1, size: 66, incrs: [...first.unit.increments], grid: { ...axis.grid, show: name === 'left' }, values: (_u, ticks) => ticks.map(v => (v === null ? '' : first.unit.text(v))), space: 32 }
  }
  const range: uPlot.Scale.Range = (_u, min, max) => [Math.min(0, min ?? 0), max === null || max === undefined || max <= 0 ? 1 : max * 1.08]
  return {
    width: element.clientWidth,
    height: o.height,
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 6 },
      ...(o.sync === undefined ? {} : { sync: { key: o.sync } }),
    },
    scales: { x: { time: o.x === 'time', range: xRange }, left: { range }, right: { range } },
    axes: [{ ...axis, scale: 'x', space: 56, size: 28, ...(o.x === 'time' ? { values: timeTicks, incrs: [...timeIncrements] } : {}) }, ...[side('left'), side('right')].filter(a => a !== null)],
    series: [{}, ...drawn.map((s, k): uPlot.Series => ({
      scale: s.axis ?? 'left',
      stroke: colour(s.colour),
      width: o.isStacked ? 1 : 2,
      ...(s.dash === undefined || o.isStacked ? {} : { dash: [...s.dash] }),
      ...(o.isStacked ? { fill: patternOf(element, colour(s.colour), colour('surface'), drawn.length - 1 - k) } : {}),
      points: { show: (u: uPlot) => u.data[0].length < 2, size: 6, fill: colour(s.colour) },
      ...pathsOf(s),
      spanGaps: !o.isStacked,
    }))],
    hooks: {
      setCursor: [u => {
        o.cursor.value = u.cursor.idx !== null && u.cursor.idx !== undefined && (u.cursor.left ?? -1) >= 0 ? u.cursor.idx : null
      }],
    },
  }
}

function pathsOf({ holds }: Series): Pick<uPlot.Series, 'paths'> {
  const paths = holds === undefined ? undefined : uPlot.paths.stepped?.({ align: holds === 'on' ? 1 : -1 })
  return paths === undefined ? {} : { paths }
}

/** Around a single point there is a minute. */
function xRange(u: uPlot, min: number | null, max: number | null): [number, number] {
  const only = u.data[0].length === 1 ? u.data[0][0] : null
  return only === null || only === undefined ? [min ?? 0, max ?? 1] : [only - 30, only + 30]
}

/** Ticks with a day where it changes. */
const timeTicks: uPlot.Axis.DynamicValues = (_u, ticks) => {
  let day = ''
  const isLong = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > 86_400
  return ticks.map(t => {
    const text = new Date(t * 1000).toISOString()
    const hours = text.slice(11, ticks.length > 1 && ticks[1] - ticks[0] < 60 ? 19 : 16)
    if (!isLong || text.slice(0, 10) === day) return hours === '00:00' && isLong ? '' : hours
    day = text.slice(0, 10)
    return hours === '00:00' ? day.slice(5) : `${day.slice(5)}\n${hours}`
  })
}

/** A fill that is told from its neighbours without its colour too: plain, or hatched in one of three ways. */
function patternOf(element: HTMLElement, colour: string, surface: string, index: number): string | CanvasPattern {
  const kind = index % 4
  const tile = element.ownerDocument.createElement('canvas')
  const size = 8
  tile.width = tile.height = size
  const c = tile.getContext('2d')
  if (c === null) return colour
  c.fillStyle = surface
  c.fillRect(0, 0, size, size)
  c.globalAlpha = 0.55
  c.fillStyle = colour
  c.fillRect(0, 0, size, size)
  c.globalAlpha = 1
  c.strokeStyle = colour
  c.lineWidth = 1.5
  c.beginPath()
  if (kind === 1 || kind === 3) for (const d of [-size, 0, size]) {
    c.moveTo(d, size)
    c.lineTo(d + size, 0)
  }
  if (kind === 2 || kind === 3) for (const d of [-size, 0, size]) {
    c.moveTo(d, 0)
    c.lineTo(d + size, size)
  }
  c.stroke()
  return c.createPattern(tile, 'repeat') ?? colour
}
