import { join } from 'node:path'
import { files, loadModel, schema, t } from 'millrace'
import { golden } from '../golden-query.ts'

const flight = schema({ id: t.int32(), carrier: t.string(), origin: t.string(), dest: t.string(), hour: t.int32(), dow: t.int32(), distance: t.float64(), dep_delay: t.nullable(t.float64()) })
const weather = schema({
  origin: t.string(), dow: t.int32(), hour: t.int32(),
  temp: t.nullable(t.float64()), wind_speed: t.nullable(t.float64()), precip: t.nullable(t.float64()), visib: t.nullable(t.float64()),
})
const model = join(import.meta.dirname, '../../fixtures/models/flights/xgb-delay30.json')

/** Flights beside the weather of their hour, where there is some, scored; expected is what XGBoost itself says. */
export default golden({
  frame: async (session, input) =>
    session
      .readStream(files({ path: `${input}/flights`, format: 'jsonl', schema: flight, maxFilesPerTrigger: 1 }))
      .join(session.readBatch(files({ path: `${input}/weather.jsonl`, format: 'jsonl', schema: weather })), { on: ['origin', 'dow', 'hour'], how: 'left' })
      .score(await loadModel(model), { output: { p_late: 'probability' }, digest: 'model' })
      .select('id', 'p_late', 'model'),
})
