import { type DataFrame, files, type ModelRegistry, schema, type Session, t } from 'millrace'
import { hourlyWeather } from '../flights/query.ts'

/** A scheduled departure, with its number. */
export const departure = schema({
  id: t.integer(),
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

/** One row per departure, as it is written. */
export interface ScoredDeparture {
  id: number
  event_time: Date
  carrier: string
  origin: string
  dest: string
  /** Probability of an arrival more than 30 minutes late. */
  p_late: number
  /** Digest of the model that says so. */
  model: string
}

/** The name under which the query calls its model. */
export const champion = 'late-arrival@champion'

/** Every departure with the probability that it arrives late, by whatever model the alias stands for at the time. */
export function scoredDepartures(session: Session, input: string, registry: ModelRegistry): DataFrame<ScoredDeparture> {
  const weather = session.readBatch(files({ path: `${input}/weather.jsonl`, format: 'jsonl', schema: hourlyWeather }))
  return session
    .readStream(files({ path: `${input}/flights-*.jsonl.gz`, format: 'jsonl', schema: departure, maxFilesPerTrigger: 1, maxFileAge: '36500 days' }))
    .join(weather, { on: ['origin', 'time_hour'], how: 'left' })
    .score(champion, { registry, output: { p_late: 'probability' }, digest: 'model' })
    .select('id', 'event_time', 'carrier', 'origin', 'dest', 'p_late', 'model')
}
