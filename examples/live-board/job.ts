import { fileURLToPath } from 'node:url'
import { defineJob, live, loadModel, setting } from 'millrace'
import { lateness } from '../flights/query.ts'

const modelPath = fileURLToPath(new URL('../../../examples/flights/models/xgb-delay30.json', import.meta.url))

/**
 * Departures expected late, by hour and airport, on a live table: the flights query over files as they appear, read by web
 * pages at /streams/board and /streams/board/events. `millrace run` takes it, and so does the program beside it.
 */
export default defineJob({
  name: 'live-board',
  doc: 'Departures expected late, by hour and airport, on a live table.',
  config: {
    input: setting.text({ doc: 'Folder of flights-*.jsonl.gz, as they appear, and weather.jsonl.' }),
    checkpoint: setting.text({ doc: 'Folder of the checkpoint.' }),
    retain: setting.integer({ doc: 'Rows that the live table keeps.', default: 10_000, min: 1 }),
  },
  async queries(session, { input, checkpoint, retain }) {
    const model = await loadModel(modelPath)
    return lateness(session, input, model, '2 days').writeStream({
      name: 'lateness-live',
      sink: live({ name: 'board', key: ['window_start', 'origin'], retain }),
      outputMode: 'update',
      checkpointLocation: checkpoint,
    })
  },
})
