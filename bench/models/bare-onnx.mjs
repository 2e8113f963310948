// The ONNX runtime alone on a tensor of the same size, one thread: node bare-onnx.mjs NAME ROWS
import * as onnx from 'onnxruntime-node'
import { loadModelFromBytes } from '../../dist/ml/registry.js'
import { timedCase } from './cases.mjs'

const [name, rowsText] = process.argv.slice(2)
const rows = Number(rowsText)
const { artefact } = await timedCase(name)
const { signature } = await loadModelFromBytes(artefact)
const session = await onnx.InferenceSession.create(artefact.files[0].bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 })
const [input] = signature.inputs
const width = input.shape.reduce((a, b) => a * b, 1)
const feed = { [input.name]: new onnx.Tensor('float32', new Float32Array(rows * width).fill(0.5), [rows, ...input.shape]) }
const warm = performance.now()
while (performance.now() - warm < 300) await session.run(feed)
let scored = 0
const started = performance.now()
while (performance.now() - started < 700) {
  await session.run(feed)
  scored += rows
}
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, rows: scored }))
