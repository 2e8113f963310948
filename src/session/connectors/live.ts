import { option, optional, optionTable, required, resolveOptions } from '../../common/options.ts'
import { checkName } from '../../plan/name-plan.ts'
import { liveSinkOptions } from '../../sinks/live/live-sink.ts'
import { LiveTable } from '../../sinks/live/live-table.ts'
import { liveReference, type SinkConnector, sinkConnector } from '../connector.ts'

export interface LiveOptions<R> {
  /** What readers call it: `GET /streams/NAME`, `session.state(NAME)`. */
  readonly name: string
  /**
   * Columns that tell rows apart: a row replaces the one with the same key. Without a key, in append mode only, every row
   * is added.
   */
  readonly key?: (keyof R & string) | readonly (keyof R & string)[]
  /** Rows kept; of more, those changed longest ago go. @default 10000 */
  readonly retain?: number
}

const liveOptions = optionTable({
  name: required(option.text('', 'What readers call it.')),
  key: optional(option.value<unknown>(undefined, 'Columns that tell rows apart.', 'a column or a list of columns', isKey)),
  retain: option.integer(10_000, 'Rows kept; of more, those changed longest ago go.', { min: 1, max: 10_000_000 }),
})

function isKey(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.length > 0 && value.every(v => typeof v === 'string') && new Set(value).size === value.length)
}

/**
 * A sink that feeds dashboards: the newest rows of the query by key, readable inside the process with `session.state(name)`
 * and over HTTP from the admin server, as a table and as events. Rows are shown once their batch is committed, never
 * taken back, and whole again after a restart.
 *
 *     frame.writeStream({ sink: live({ name: 'board', key: ['window_start', 'origin'] }), outputMode: 'update', … })
 *
 * @throws AnalysisError PLAN_INVALID_NAME, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function live<R>(options: LiveOptions<R>): SinkConnector<R> {
  const { name, key, retain } = resolveOptions(liveOptions, { ...options }, 'live()')
  checkName(name, 'live table')
  const columns = key === undefined ? [] : typeof key === 'string' ? [key] : [...(key as readonly string[])]
  const table = new LiveTable(name, columns, retain)
  return sinkConnector('live', {}, o => void resolveOptions(liveSinkOptions, o, 'sink "live"'), liveReference('live', table))
}
