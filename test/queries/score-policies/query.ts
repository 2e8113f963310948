import { join } from 'node:path'
import { coalesce, files, loadModel, schema, t } from 'millrace'
import { golden } from '../golden-query.ts'

const row = schema({
  id: t.int32(), a: t.nullable(t.float64()), b: t.nullable(t.float64()), c: t.nullable(t.string()), d: t.nullable(t.string()), e: t.nullable(t.string()), f: t.nullable(t.float64()),
})
const model = (name: string): string => join(import.meta.dirname, `../../ml/h2o/models/${name}.zip`)

/**
 * Rows that the linear model refuses get a constant, and say so; rows that the trees were not trained for leave by the side.
 * Scores and contributions are what H2O says.
 */
export default golden({
  deadLetters: true,
  frame: async (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: row, maxFilesPerTrigger: 1 }))
      .score(await loadModel(model('glm-skip')), { output: { linear: 'probability' }, onError: { fallback: { linear: null } }, provenance: { route: 'route' }, batch: { maxRows: 3 } })
      .withColumns(({ c, e }) => ({ colour: coalesce(c, 'blue'), place: coalesce(e, 'L00') }))
      .score(await loadModel(model('gbm-platt')), { output: { trees: 'probability' }, input: { c: 'colour', e: 'place' }, onInvalid: 'deadLetter', explain: { topK: 2, column: 'why' }, batch: { maxRows: 2 } })
      .select('id', 'linear', 'route', 'trees', 'why'),
})
