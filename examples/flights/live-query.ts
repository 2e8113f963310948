import { count, type DataFrame, files, type LoadedModel, schema, type Session, sum, t, window } from 'millrace'
import { hourlyWeather } from './query.ts'

/** A flight of the demo: the columns that the model needs, and what became of it. */
const landedFlight = schema({
  event_time: t.timestamp(),
  time_hour: t.timestamp(),
  carrier: t.string(),
  origin: t.string(),
  dest: t.string(),
  hour: t.int32(),
  dow: t.int32(),
  distance: t.float64(),
  dep_delay: t.nullable(t.float64()),
  arr_delay: t.nullable(t.int32()),
})

/** An hour at an airport: how many flights landed of those that left, and how many late ones were expected and seen. */
export interface LateArrivals {
  window_start: Date
  window_end: Date
  origin: string
  flights: number
  expected: number | null
  observed: number
}

/** The same in a file of the sink: times are ISO-8601 text; a window that has rows has a sum. */
export type ClosedWindow = Omit<LateArrivals, 'window_start' | 'window_end' | 'expected'> & { window_start: string; window_end: string; expected: number }

/**
 * Expected against observed, by hour of departure and airport. The model sees a flight as it departs and gives the
 * probability that it arrives more than 30 minutes late; their sum is the number of late arrivals to expect. The true
 * delay is no input of the model. Flights without one (cancelled, diverted) are left out, so that both sides count the
 * same flights.
 */
export function lateArrivals(session: Session, input: string, weather: string, model: LoadedModel): DataFrame<LateArrivals> {
  const hourly = session.readBatch(files({ path: weather, format: 'jsonl', schema: hourlyWeather }))
  return session
    .readStream(files({ path: `${input}/*.jsonl`, format: 'jsonl', schema: landedFlight, maxFilesPerTrigger: 4, pollInterval: '20 ms' }))
    .withWatermark('event_time', '6 hours')
    .join(hourly, { on: ['origin', 'time_hour'], how: 'left' })
    .score(model, { output: { p_late: 'probability' } })
    .where(({ arr_delay }) => arr_delay.isNotNull())
    .groupBy(window('event_time', '1 hour'), 'origin')
    .agg(({ p_late, arr_delay }) => ({ flights: count(), expected: sum(p_late), observed: count().filter(arr_delay.gt(30)) }))
    .select(({ window, origin, flights, expected, observed }) => ({ window_start: window.start, window_end: window.end, origin, flights, expected, observed }))
}
