import { count, files, sum, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Two streams with delays of their own: the slower one holds the query's watermark back. */
export default golden({
  frame: (session, input) => {
    const east = session.readStream(files({ path: `${input}/east`, format: 'jsonl', schema: event, maxFilesPerTrigger: 1, name: 'east' })).withWatermark('at', '1 minute')
    const west = session.readStream(files({ path: `${input}/west`, format: 'jsonl', schema: event, maxFilesPerTrigger: 1, name: 'west' })).withWatermark('at', '3 minutes')
    return east
      .union(west)
      .groupBy(window('at', '5 minutes'))
      .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
      .select(({ window, n, total }) => ({ start: window.start, n, total }))
  },
})
