import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { leaksOf } from '../../src/testing/torture/leaks/leak-verdict.ts'

const main = fileURLToPath(new URL('../../dist/testing/torture/main.js', import.meta.url))

test('models that are swapped again and again leave nothing behind', { timeout: 60_000 }, async () => {
  const models = ['flights/mlp-delay30-tfjs', 'onnx-hand-mlp/model.onnx', 'lightgbm-binary/model.txt']
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'leaks', '--swaps', '8', '--batches', '60', ...models.flatMap(m => ['--model', m])])
  const lines = stdout.trimEnd().split('\n')
  expect(lines.at(-1)).toBe('3 models, 0 leaking')
  expect(lines[0]).toMatch(/^flights\/mlp-delay30-tfjs: \d+ batches, 8 swaps, tensors \d+, /)
})

test('what grows is noticed', () => {
  const mebibyte = 1024 * 1024
  const quiet = { batches: 100, swaps: 8, tensors: [4, 8, 8, 8, 8, 8, 8, 8], heapBytes: new Array<number>(8).fill(50 * mebibyte), residentBytes: new Array<number>(8).fill(200 * mebibyte) }
  const growing = (each: number): number[] => Array.from({ length: 8 }, (_, i) => 50 * mebibyte + i * each)
  expect(leaksOf(quiet)).toEqual([])
  // What the first swaps still grow by is warming up.
  expect(leaksOf({ ...quiet, heapBytes: [10 * mebibyte, ...quiet.heapBytes.slice(1)] })).toEqual([])
  expect(leaksOf({ ...quiet, tensors: [4, 8, 8, 8, 12, 12, 12, 12] })).toEqual(['tensors were 8, 12 after a swap'])
  expect(leaksOf({ ...quiet, heapBytes: growing(5 * mebibyte) })).toEqual([`the heap grew by ${20 * mebibyte} bytes`])
  expect(leaksOf({ ...quiet, residentBytes: growing(30 * mebibyte) })).toEqual([`the process grew by ${120 * mebibyte} bytes`])
})
