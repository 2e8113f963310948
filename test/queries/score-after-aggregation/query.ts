import { join } from 'node:path'
import { avg, files, loadModel, schema, t, window } from 'millrace'
import { golden } from '../golden-query.ts'

const number = t.nullable(t.float64())
const reading = schema({ at: t.timestamp(), flat: t.int32(), area: number, rooms: number, age: number, lat: number, lon: number, district: number, heating: number, floor: number })
const model = join(import.meta.dirname, '../../fixtures/models/xgboost-reg-squarederror/model.json')

/** A model over the means of a window: scored when the window closes. Expected is what XGBoost itself says of the means. */
export default golden({
  frame: async (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: reading, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '1 hour'), 'flat')
      .agg(c => ({ area: avg(c.area), rooms: avg(c.rooms), age: avg(c.age), lat: avg(c.lat), lon: avg(c.lon), district: avg(c.district), heating: avg(c.heating), floor: avg(c.floor) }))
      .score(await loadModel(model), { output: { rent: 'prediction' } })
      .select(({ window, flat, rent }) => ({ hour: window.start, flat, rent })),
})
