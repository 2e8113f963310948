import { count, explode, files, schema, t, window } from 'millrace'
import { golden } from '../golden-query.ts'

const post = schema({ at: t.timestamp(), tags: t.nullable(t.array(t.string())) })

/** One row a tag, none for an empty or missing list; then counted per window and tag. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: post, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .select('at', ({ tags }) => ({ tag: explode(tags) }))
      .groupBy(window('at', '1 hour'), 'tag')
      .agg(() => ({ n: count() }))
      .select(({ window, tag, n }) => ({ hour: window.start, tag, n })),
})
