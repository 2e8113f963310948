// Scores rows with one model on this thread, in batches of a size, for about a second: node millrace.mjs NAME ROWS
import { slice } from '../../dist/columnar/take.js'
import { JsonlDecoder } from '../../dist/formats/jsonl/jsonl-decoder.js'
import { guessJsonlColumns } from '../../dist/formats/jsonl/infer-jsonl-schema.js'
import { loadModelFromBytes } from '../../dist/ml/registry.js'
import { planInputs } from '../../dist/ml/rows/input-plan.js'
import { timedCase } from './cases.mjs'

const [name, rowsText] = process.argv.slice(2)
const rows = Number(rowsText)
const { artefact, input } = await timedCase(name)
const model = await loadModelFromBytes(artefact)
const plan = planInputs(model.signature, guessJsonlColumns(input))
const { inputs, length } = rowsOf(input, plan)

/** The rows of the file again and again, as columns. */
function rowsOf(bytes, { schema, inputs: bind }) {
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  const repeated = Array.from({ length: rows }, (_, i) => lines[i % lines.length]).join('\n')
  const decoder = new JsonlDecoder(schema, 1 << 20, { origin: name, onBadRecord: 'skip', bad: () => {} })
  const [batch] = [...decoder.push(Buffer.from(`${repeated}\n`)), ...decoder.end()]
  return { inputs: bind(batch), length: Math.min(rows, batch.numRows) }
}

const given = inputs.map(v => slice(v, 0, length))
const output = model.signature.outputs[0].name
const score = () => model.score(given, length, [output])
const warm = performance.now()
while (performance.now() - warm < 300) await score()
let scored = 0
const started = performance.now()
while (performance.now() - started < 700) {
  await score()
  scored += length
}
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, rows: scored, format: model.signature.format }))
