import { expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { scoreRows } from '../../src/ml/rows/score-rows.ts'
import { chunkLines } from '../../src/ml/rows/jsonl-lines.ts'
import { tensorflowNode } from '../../src/ml/tensorflow/backend.ts'
import type { Model } from '../../src/ml/model.ts'
import { artefact, fixture, jsonl, load, text } from './support.ts'
import { loadModelFromBytes } from '../../src/ml/registry.ts'

/** What `millrace score` writes for the rows of a case. */
async function written(model: Model, input: string): Promise<{ [name: string]: unknown }[]> {
  let lines = ''
  for await (const chunk of scoreRows(model, nodeFileSystem, fixture(input), new Set())) lines += Buffer.from(chunkLines(chunk)).toString()
  return lines.trimEnd().split('\n').map(line => JSON.parse(line) as { [name: string]: unknown })
}

/** Largest |got − want| / max(1, |want|); Infinity for another shape, text or missing field. */
function difference(got: unknown, want: unknown): number {
  if (typeof want === 'number') return typeof got === 'number' ? Math.abs(got - want) / Math.max(1, Math.abs(want)) : Infinity
  if (typeof want !== 'object' || want === null) return got === want ? 0 : Infinity
  if (typeof got !== 'object' || got === null) return Infinity
  const [a, b] = [Object.entries(got), Object.entries(want)]
  return a.length === b.length ? b.reduce((worst, [key, value]) => Math.max(worst, difference((got as { [k: string]: unknown })[key], value)), 0) : Infinity
}

async function parity(folder: string, file: string): Promise<number> {
  const model = await load(`${folder}/${file}`)
  const got = await written(model, `${folder}/input.jsonl`)
  model.close()
  const want = jsonl(`${folder}/expected.jsonl`)
  expect(got.length).toBe(want.length)
  return want.reduce((worst, row, k) => Object.keys(row).reduce((w, name) => Math.max(w, difference(got[k][name], row[name])), worst), 0)
}

test.each([
  ...['hand-mlp', 'hand-cnn', 'sklearn-scaler-logreg-zipmap', 'sklearn-column-transformer-strings', 'lightgbm-converted'].map(name => [`onnx-${name}`, 'model.onnx']),
  ...['mlp', 'gru', 'cnn-8x8', 'conv2d', 'conv1d', 'rnn-mask', 'rnn-c', 'functional', 'nested', 'mha', 'norm', 'operator'].flatMap(name => [[`keras-${name}`, 'model.keras'], [`keras-${name}`, 'model.h5']]),
  ['tfjs-keras2-h5-mlp', 'model.h5'],
  ['tfjs-graph-mlp', 'model'],
])('%s/%s scores as its own library does', async (folder, file) => {
  expect(await parity(folder, file)).toBeLessThanOrEqual(1e-5)
})

const hasTfjsNode = (await tensorflowNode()) !== undefined
const isRequired = process.env.MILLRACE_REQUIRE_TFJS_NODE === '1'

test.skipIf(!hasTfjsNode && !isRequired)('savedmodel-mlp scores as TensorFlow does (needs tfjs-node: npm run tfjs-node)', async () => {
  expect(await parity('savedmodel-mlp', 'saved_model')).toBeLessThanOrEqual(1e-5)
})

/** A small generator of its own, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296
}

test.each([
  ['onnx-sklearn-scaler-logreg-zipmap/model.onnx'],
  ['onnx-hand-cnn/model.onnx'],
  ['keras-mlp/model.keras'],
  ['keras-gru/model.h5'],
])('%s damaged in 200 ways gives a typed error or a model', async path => {
  const whole = await artefact(path)
  const random = numbers(path.length)
  for (let k = 0; k < 200; k++) {
    const { bytes } = whole.files[0]
    const damaged = k % 4 === 0 ? bytes.slice(0, Math.floor(random() * bytes.length)) : Uint8Array.from(bytes)
    for (let n = 0; n <= random() * 4 && damaged.length > 0; n++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
    try {
      const model = await loadModelFromBytes({ files: [{ path: 'model', bytes: damaged }] })
      model.close()
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^ML_/) as string })
    }
  }
}, 60_000)

/** A field of bytes in a message shorter than 128 bytes. */
function messageField(number: number, content: Uint8Array): Uint8Array {
  return Uint8Array.of(number * 8 + 2, content.length, ...content)
}

test.each([
  ['an initialiser', (tensor: Uint8Array) => messageField(5, tensor)],
  ['the values of a sparse tensor', (tensor: Uint8Array) => Uint8Array.of(15 * 8 + 2, tensor.length + 2, ...messageField(1, tensor))],
])('an ONNX model with %s in another file is refused by name', async (_, wrap) => {
  const entry = messageField(13, Uint8Array.of(...messageField(1, text('location')), ...messageField(2, text('/etc/passwd'))))
  const tensor = Uint8Array.of(...messageField(8, text('secret')), ...entry)
  const model = Uint8Array.of(8, 9, ...messageField(2, text('x')), ...messageField(7, wrap(tensor)))
  await expect(loadModelFromBytes({ files: [{ path: 'model.onnx', bytes: model }] })).rejects.toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringContaining('secret') as string })
})
