import { avg, count, type DataFrame, files, type LoadedModel, schema, type Session, t, window } from 'millrace'

/** A scheduled departure, as the stream has it; columns that the query does not need are left out. */
export const flight = schema({
  event_time: t.timestamp(),
  time_hour: t.timestamp(),
  carrier: t.string(),
  origin: t.string(),
  dest: t.string(),
  hour: t.int32(),
  dow: t.int32(),
  distance: t.float64(),
  dep_delay: t.nullable(t.float64()),
})

/** The weather at an airport in an hour. */
export const hourlyWeather = schema({
  origin: t.string(),
  time_hour: t.timestamp(),
  temp: t.nullable(t.float64()),
  wind_speed: t.nullable(t.float64()),
  precip: t.nullable(t.float64()),
  visib: t.nullable(t.float64()),
})

/** One row per hour and airport, as it is written. */
export interface Lateness {
  window_start: Date
  window_end: Date
  origin: string
  flights: number
  expected_late: number | null
  delay: number | null
}

/**
 * How late departures run, by hour and airport: the observed mean delay, and the mean probability of an arrival more
 * than 30 minutes late that the model gives each flight when it departs.
 */
export function lateness(session: Session, input: string, model: LoadedModel, watermark: '6 hours' | '2 days' = '6 hours'): DataFrame<Lateness> {
  const weather = session.readBatch(files({ path: `${input}/weather.jsonl`, format: 'jsonl', schema: hourlyWeather }))
  return session
    .readStream(files({ path: `${input}/flights-*.jsonl.gz`, format: 'jsonl', schema: flight, maxFilesPerTrigger: 1, maxFileAge: '36500 days' }))
    .withWatermark('event_time', watermark)
    .join(weather, { on: ['origin', 'time_hour'], how: 'left' })
    .score(model, { output: { p_late: 'probability' } })
    .groupBy(window('event_time', '1 hour'), 'origin')
    .agg(({ p_late, dep_delay }) => ({ flights: count(), expected_late: avg(p_late), delay: avg(dep_delay) }))
    .select(({ window, origin, flights, expected_late, delay }) => ({
      window_start: window.start,
      window_end: window.end,
      origin,
      flights,
      expected_late,
      delay,
    }))
}
