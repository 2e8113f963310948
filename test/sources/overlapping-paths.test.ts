import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { checkCheckpointNotRead, checkCheckpointNotShown, checkPathsApart, overlappingPaths } from '../../src/sources/file/overlapping-paths.ts'

test.each([
  ['data', 'data', {}, true],
  ['data/', './data', {}, true],
  ['data', resolve('data'), {}, true],
  ['data/a.jsonl', 'data', {}, true],
  ['data/k=1', 'data', {}, true],
  ['data/*.jsonl', 'data', {}, true],
  ['data', 'data/out', {}, false],
  ['data', 'data/out', { recursive: true }, true],
  ['data', 'data/k=1', {}, true],
  ['data', 'data/_out', { recursive: true }, false],
  ['.', 'out', {}, false],
  ['/', '/out', { recursive: true }, true],
  ['data/*', 'data/out', {}, true],
  ['data/*.jsonl', 'data/out', {}, false],
  ['data/**/*.jsonl', 'data/a/b/out', {}, true],
  ['data/*/in', 'data/out', {}, true],
  ['data/*/in/*.csv', 'data/x/out', {}, false],
  ['data/in', 'data/in-2', { recursive: true }, false],
  ['data/{in,out}', 'data/out', {}, true],
  ['in', 'out', { recursive: true }, false],
])('files read at %s and written to %s with %o: overlap is %s', (source, sink, options, expected) => {
  expect(overlappingPaths({ path: source, ...options }, { path: sink }) !== undefined).toBe(expected)
})

test('the error names both paths', () => {
  expect(() => checkPathsApart({ path: 'in' }, { path: 'out' })).not.toThrow()
  expect(() => checkPathsApart({ path: 'in', recursive: true }, { path: 'in/out' })).toThrow(
    expect.objectContaining({ code: 'PLAN_INVALID_OPTION', context: { source: resolve('in'), sink: resolve('in/out') } }),
  )
})

test('a checkpoint in the output, or where the source reads, is refused; hidden or beside it is not', () => {
  const refused = (check: () => void): string | undefined => {
    try {
      check()
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(refused(() => checkCheckpointNotShown('out/ck', { path: 'out' }))).toBe(
    'checkpointLocation "out/ck" lies in the output "out": readers of the output would find its files. Put it beside, or below a folder whose name begins with "_" or ".", which readers pass over.',
  )
  expect(refused(() => checkCheckpointNotShown('out', { path: 'out/' }))).toBeDefined()
  expect(refused(() => checkCheckpointNotShown('out/_checkpoint', { path: 'out' }))).toBeUndefined()
  expect(refused(() => checkCheckpointNotShown('out-ck', { path: 'out' }))).toBeUndefined()
  expect(refused(() => checkCheckpointNotRead('in', { path: 'in' }))).toContain('the source would read its files')
  expect(refused(() => checkCheckpointNotRead('in/ck', { path: 'in', recursive: true }))).toBeDefined()
  expect(refused(() => checkCheckpointNotRead('in/ck', { path: 'in' }))).toBeUndefined()
  expect(refused(() => checkCheckpointNotRead('in/.ck', { path: 'in', recursive: true }))).toBeUndefined()
})
