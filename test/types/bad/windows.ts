// Windows over columns without time, misspelled lengths of time.
import { count, window } from 'millrace'
import { flights } from '../frames.ts'

flights.groupBy(window('carrier', '1 hour')).agg(() => ({ n: count() }))
flights.groupBy(window('event_tme', '1 hour')).agg(() => ({ n: count() }))
flights.groupBy(({ carrier }) => ({ window: window(carrier, '1 hour') })).agg(() => ({ n: count() }))
flights.groupBy(window('event_time', '1 huor')).agg(() => ({ n: count() }))
flights.withWatermark('carrier', '10 minutes')
flights.withWatermark('event_time', '10 minuts')
flights.select(() => ({ w: window('event_time', '1 hour') }))
