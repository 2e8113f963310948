import { count, files, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** What comes too late is not lost: the whole row goes to the side output, in the batch that met it. */
export default golden({
  lateRows: true,
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '10 minutes', { slide: '5 minutes' }))
      .agg(({ amount }) => ({ n: count(), given: count(amount) }))
      .select(({ window, n, given }) => ({ start: window.start, n, given })),
})
