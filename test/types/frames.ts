// What the bad programs are about.
import { files, schema, t, type LoadedModel, type Session } from 'millrace'

declare const session: Session
export const flights = session.readStream(files({
  path: 'in',
  format: 'jsonl',
  schema: schema({ event_time: t.timestamp(), carrier: t.string(), distance: t.float64(), seats: t.int32(), delay: t.nullable(t.float64()), legs: t.array(t.string()), position: t.struct({ lat: t.float64(), lon: t.float64() }) }),
}))
export const weather = session.readBatch(files({ path: 'w', format: 'csv', schema: schema({ airport: t.string(), event_time: t.timestamp(), temp: t.float64() }) }))
export declare const model: LoadedModel
export { session }
