import { Worker } from 'node:worker_threads'
import * as core from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { vectorOf } from '../../src/columnar/builder.ts'
import { float64Type, int32Type, stringType, vectorType } from '../../src/columnar/data-type.ts'
import { slice } from '../../src/columnar/take.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { nullVector, type Vector } from '../../src/columnar/vector.ts'
import type { Model, ModelArtefact } from '../../src/ml/model.ts'
import { loadModelFromBytes } from '../../src/ml/registry.ts'
import { tensorflow } from '../../src/ml/tensorflow/runtime.ts'
import { artefact, columnOf, jsonl, load, scoreRows, text } from './support.ts'

const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'info')]
const fetched = vi.spyOn(globalThis, 'fetch')
const flightRows = jsonl('flights/inputs.jsonl')

interface Layer {
  class_name: string
  name?: string
  config: { [key: string]: unknown }
  inbound_nodes?: unknown[]
}
interface Topology {
  format: string
  modelTopology: { model_config: { class_name: string; config: { layers: Layer[] } } }
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[]
}

/** The artefact with a change to its model.json. */
async function changed(path: string, change: (document: Topology, layers: Layer[]) => void): Promise<ModelArtefact> {
  const model = await artefact(path)
  return {
    files: model.files.map(file => {
      if (file.path !== 'model.json') return file
      const document = JSON.parse(new TextDecoder().decode(file.bytes)) as Topology
      change(document, document.modelTopology.model_config.config.layers)
      return { path: file.path, bytes: text(JSON.stringify(document)) }
    }),
  }
}

const without = (model: ModelArtefact, path: string): ModelArtefact => ({ files: model.files.filter(f => f.path !== path) })

async function scores(model: Model, columns: readonly Vector[], length: number): Promise<unknown[]> {
  const { vectors: [vector] } = await model.score(columns, length, ['prediction'])
  return Array.from({ length }, (_, i) => valueAt(vector, i))
}

// Runs first: the packages are not imported yet in this file's module instance.
test('absent packages are named with the command that installs them', async () => {
  const error = await tensorflow('TensorFlow.js', () => Promise.reject(new Error('Cannot find package'))).then(() => undefined, (e: unknown) => e)
  expect(error).toMatchObject({
    code: 'ML_PACKAGE_MISSING',
    context: { command: 'npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0' },
  })
})

describe('scoring', () => {
  test.each(['flights/mlp-delay30-tfjs', 'flights/mlp-arrdelay-tfjs'])('%s: scores do not depend on how rows are cut', async path => {
    const model = await load(path)
    const columns = model.signature.inputs.map(i => columnOf(i, flightRows))
    const whole = await scores(model, columns, flightRows.length)
    for (const size of [1, 100, 255, 257]) {
      const parts: unknown[] = []
      for (let from = 0; from < 300; from += size) {
        const to = Math.min(300, from + size)
        parts.push(...(await scores(model, columns.map(c => slice(c, from, to)), to - from)))
      }
      expect(parts).toEqual(whole.slice(0, 300))
    }
    model.close()
  })

  test.each(['mlp', 'cnn'])('tfjs-layers-%s: scores do not depend on where in a batch a row stands', async name => {
    const model = await load(`tfjs-layers-${name}/model`)
    const rows = jsonl(`tfjs-layers-${name}/input.jsonl`)
    const whole = await scoreRows(model, rows, 'prediction')
    expect(await scoreRows(model, rows.slice(7), 'prediction')).toEqual(whole.slice(7))
    expect(await scoreRows(model, [...rows].reverse(), 'prediction')).toEqual([...whole].reverse())
    model.close()
  })

  test('no tensor is left after a thousand batches, nor after the model is closed or could not be loaded', async () => {
    const before = core.memory().numTensors
    const model = await load('flights/mlp-delay30-tfjs')
    const columns = model.signature.inputs.map(i => columnOf(i, flightRows.slice(0, 10)))
    await model.score(columns, 10, ['prediction'])
    const loaded = core.memory().numTensors
    for (let k = 0; k < 1000; k++) await model.score(columns, 10, ['prediction'])
    expect(core.memory().numTensors).toBe(loaded)
    model.close()
    model.close()
    const broken = await changed('flights/mlp-delay30-tfjs', (_, layers) => (layers[4].config.activation = 'nothing'))
    await expect(loadModelFromBytes(broken)).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
    expect(core.memory().numTensors).toBe(before)
    await expect(model.score(columns, 10, ['prediction'])).rejects.toMatchObject({ code: 'ML_SCORING_FAILED' })
  })

  test('a worker thread gives the same scores', async () => {
    const model = await load('flights/mlp-delay30-tfjs')
    const rows = flightRows.slice(0, 50)
    const here = await scoreRows(model, rows, 'prediction')
    const worker = new Worker(new URL('./score-worker.mjs', import.meta.url), {
      workerData: { artefact: await artefact('flights/mlp-delay30-tfjs'), rows },
    })
    const there = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect(there).toEqual(here)
  })

  test('a row with a missing value has no prediction, the others keep theirs', async () => {
    const model = await load('tfjs-layers-mlp/model')
    const rows = jsonl('tfjs-layers-mlp/input.jsonl').slice(0, 4)
    const truth = await scoreRows(model, rows, 'prediction')
    const x = rows.map(r => r.x as number[])
    const column = vectorOf(vectorType(6), [x[0], null, [NaN, 0, 0, 0, 0, 0], x[3]])
    const { vectors: [vector] } = await model.score([column], 4, ['probabilities'])
    expect([0, 1, 2, 3].map(i => valueAt(vector, i)).map(v => (v === null ? null : Array.from(v as Float64Array)))).toEqual([truth[0], null, null, truth[3]])
    model.close()
  })

  test('without features.json inputs are the tensors, and a code without an embedding has no prediction', async () => {
    const model = await loadModelFromBytes(without(await artefact('flights/mlp-arrdelay-tfjs'), 'features.json'))
    expect(model.signature.inputs).toEqual([
      { name: 'carrier', kind: 'tensor', shape: [1], element: 'int32' },
      { name: 'origin', kind: 'tensor', shape: [1], element: 'int32' },
      { name: 'dest', kind: 'tensor', shape: [1], element: 'int32' },
      { name: 'num', kind: 'tensor', shape: [8], element: 'float32' },
    ])
    const codes = [1, 4, -1, null, 3]
    const columns = [vectorOf(int32Type, [1, 1, 1, 1, 1]), vectorOf(int32Type, codes), vectorOf(int32Type, [2, 2, 2, 2, 2]), vectorOf(vectorType(8), codes.map(() => new Float64Array(8)))]
    expect((await scores(model, columns, 5)).map(p => p === null)).toEqual([false, true, true, true, false])
    model.close()
  })

  test('columns of another type are refused by name', async () => {
    const model = await load('tfjs-layers-mlp/model')
    await expect(model.score([nullVector(stringType, 1)], 1, ['prediction'])).rejects.toMatchObject({ code: 'ML_SCHEMA_MISMATCH', context: { input: 'x' } })
    await expect(model.score([vectorOf(vectorType(5), [new Float64Array(5)])], 1, ['prediction'])).rejects.toMatchObject({ code: 'ML_SCHEMA_MISMATCH' })
    await expect(model.score([vectorOf(float64Type, [1])], 1, ['label'])).rejects.toMatchObject({ code: 'ML_SCHEMA_MISMATCH', context: { output: 'label' } })
    model.close()
  })
})

describe('models that are refused', () => {
  test.each<[string, string, string, (document: Topology, layers: Layer[]) => void]>([
    ['a Lambda layer', 'ML_UNSUPPORTED', 'layer "Lambda" \\(named "f"\\)', (_, l) => l.splice(2, 1, { class_name: 'Lambda', config: { name: 'f', function: ['code'] } })],
    ['a custom layer', 'ML_UNSUPPORTED', 'layer "MyLayer"', (_, l) => (l[1].class_name = 'MyLayer')],
    ['a Lambda inside of a wrapper', 'ML_UNSUPPORTED', 'layer "Lambda"', (_, l) => l.splice(2, 1, { class_name: 'TimeDistributed', config: { layer: { class_name: 'Lambda', config: {} } } })],
    ['a model class of somebody\'s', 'ML_UNSUPPORTED', 'layer "MyModel"', d => (d.modelTopology.model_config.class_name = 'MyModel')],
    ['a Keras 3 topology', 'ML_UNSUPPORTED', 'form of Keras 3', (_, l) => (l[0].config = { name: 'x', batch_shape: [null, 124] })],
    ['an input of variable size', 'ML_UN', '', (_, l) => (l[0].config.batch_input_shape = [null, null])],
    ['a layer larger than the weights', 'ML_UNREADABLE', 'larger than the weights', (_, l) => (l[1].config.units = 1_000_000_000)],
    ['weights of another shape', 'ML_UNREADABLE', 'Shape mismatch', (_, l) => (l[1].config.units = 40)],
    ['a weight file that is not there', 'ML_UNREADABLE', 'which is not there', d => (d.weightsManifest[0].paths[1] = 'other.bin')],
    ['a weight file twice', 'ML_UNREADABLE', 'needs 28804 bytes', d => d.weightsManifest[0].paths.push('group1-shard1of2.bin')],
    ['a weight file by URL', 'ML_UNREADABLE', 'plain file name', d => (d.weightsManifest[0].paths[1] = 'https://example.org/w')],
    ['a weight file outside', 'ML_UNREADABLE', 'plain file name', d => (d.weightsManifest[0].paths[1] = '../w')],
    ['a weight of an unknown type', 'ML_UNREADABLE', 'type "string"', d => (d.weightsManifest[0].weights[0].dtype = 'string')],
    ['a weight of absurd size', 'ML_UNREADABLE', 'too large|needs', d => (d.weightsManifest[0].weights[0].shape = [2147483647, 2147483647])],
  ])('%s', async (_, code, words, change) => {
    const error = (await loadModelFromBytes(await changed('flights/mlp-delay30-tfjs', change)).catch((e: unknown) => e)) as { code: string; message: string }
    expect(error.code).toContain(code)
    expect(error.message).toMatch(new RegExp(words))
  })

  test('layers that feed each other in a circle', async () => {
    const circle = await changed('flights/mlp-arrdelay-tfjs', (_, layers) => {
      const named = (name: string): Layer => layers.find(l => l.name === name) as Layer
      named('flat_carrier').inbound_nodes = [[['flat_origin', 0, 0, {}]]]
      named('flat_origin').inbound_nodes = [[['flat_carrier', 0, 0, {}]]]
    })
    await expect(loadModelFromBytes(circle)).rejects.toMatchObject({ code: 'ML_UNREADABLE', message: expect.stringContaining('circle') as string })
  })
})

afterAll(() => {
  // TensorFlow.js likes to give advice; a library that scores in the background must not print.
  expect(printed.map(spy => spy.mock.calls)).toEqual([[], [], [], []])
  expect(fetched).not.toHaveBeenCalled()
  expect(process.listeners('unhandledRejection').some(l => l.toString().includes('throw reason'))).toBe(false)
})
