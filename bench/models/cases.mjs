import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFileSystem } from '../../dist/common/node/node-file-system.js'
import { readArtefact } from '../../dist/ml/artefact.js'
import { modelCases } from '../../dist/testing/models/model-cases.js'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** What is timed, by family: models of the example, which are as large as real ones are, and of the tests. */
export const timed = [
  'flights/xgb-delay30.json', 'flights/lgb-delay30.txt', 'xgboost-multi-softprob/model.json', 'xgboost-gblinear/model.json', 'lightgbm-categorical-pandas/model.txt',
  'h2o-gbm-multinomial.zip', 'h2o-drf-bin.zip', 'h2o-glm-gaussian.zip', 'h2o-dl-Maxout.zip', 'spark-gbt-classifier', 'spark-logreg-binary', 'spark-linreg-buckets',
  'onnx-hand-mlp/model.onnx', 'keras-mlp/model.keras', 'tfjs-layers-mlp/model',
]

/** A model by its name, with its rows as JSON lines. */
export async function timedCase(name) {
  if (!name.startsWith('flights/')) return (await modelCases(root)).find(c => c.name === name)
  const input = readFileSync(join(root, 'test/fixtures/models/flights/inputs.jsonl'))
  return { name, artefact: await readArtefact(nodeFileSystem, join(root, 'examples/flights/models', name.slice(8))), input }
}
