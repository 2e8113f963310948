// Keys that a side does not have, unknown joins, unknown outputs of models.
import { flights, model, weather } from '../frames.ts'

flights.join(weather, { on: ['event_tme'] })
flights.join(weather, { on: ['carrier'] })
flights.join(weather, { on: { carier: 'airport' } })
flights.join(weather, { on: { carrier: 'airprt' } })
flights.join(weather, { on: ['event_time'], how: 'outer' })
flights.join(weather, {})
flights.score(model, { output: { p: 'probabilty' } })
flights.score(model, { output: { p: 'probability' }, input: { distance: 'distnce' } })
flights.score('model.json', { output: { p: 'probability' } })
flights.score(model, {})
flights.join(weather, { on: { seats: 'airport' } })
flights.join(weather.rename({ airport: 'seats' }), { on: ['seats'] })
