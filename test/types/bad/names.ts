// Misspelled columns, fields and verbs.
import { count, sum } from 'millrace'
import { flights } from '../frames.ts'

flights.where(({ distnce }) => distnce.gt(100))
flights.select('carier')
flights.select('carrier', ({ position }) => ({ lat: position.lta }))
flights.groupBy('carier').agg(() => ({ n: count() }))
flights.groupBy('carrier').agg(({ distanc }) => ({ miles: sum(distanc) }))
flights.drop('carier')
flights.rename({ carier: 'airline' })
flights.withWatermark('event_tme', '10 minutes')
flights.wehre(({ distance }) => distance.gt(1))
flights.select('carrier').where(({ distance }) => distance.gt(1))
