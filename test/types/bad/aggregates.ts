// Aggregates where columns belong and columns where aggregates belong; generators out of place.
import { avg, count, countIf, explode, max, sum, upper } from 'millrace'
import { flights } from '../frames.ts'

flights.agg(({ carrier }) => ({ total: sum(carrier) }))
flights.agg(({ event_time }) => ({ mean: avg(event_time) }))
flights.agg(({ distance }) => ({ distance }))
flights.select(({ distance }) => ({ total: sum(distance) }))
flights.where(({ distance }) => sum(distance))
flights.agg(({ distance }) => ({ n: countIf(distance) }))
flights.agg(() => ({ n: count().filter(true) }))
flights.agg(({ distance }) => sum(distance))
flights.groupBy('carrier').select('carrier')
flights.where(({ legs }) => explode(legs))
flights.select(({ legs }) => ({ leg: upper(explode(legs)) }))
flights.select(({ carrier }) => ({ letter: explode(carrier) }))
flights.agg(() => ({ n: count('carrier') }))
flights.agg(() => ({ last: max('carrier') }))
flights.agg(() => ({ total: sum('distance') }))
flights.agg(({ distance }) => ({ mean: sum(distance).divide(count()) }))
