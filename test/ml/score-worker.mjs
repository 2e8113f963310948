// Scores the model and rows it is given with the built package, and answers the scores: what an executor thread does.
import { parentPort, workerData } from 'node:worker_threads'
import { vectorOf } from '../../dist/columnar/builder.js'
import { float64Type, stringType } from '../../dist/columnar/data-type.js'
import { loadModelFromBytes } from '../../dist/ml/registry.js'

const { artefact, rows } = workerData
const model = await loadModelFromBytes(artefact)
const columns = model.signature.inputs.map(i => vectorOf(i.kind === 'category' ? stringType : float64Type, rows.map(r => r[i.name] ?? null)))
const { vectors: [scores] } = await model.score(columns, rows.length, ['prediction'])
model.close()
parentPort.postMessage(Array.from(scores.values))
