import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { digestOf, readArtefact } from '../../src/ml/registry.ts'
import { artefact, oneFile, text } from './support.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-artefact-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const write = (name: string, content: string): void => writeFileSync(join(directory, name), content)
const read = (name = '', limits?: { maxBytes: number; maxFiles: number }): Promise<unknown> =>
  readArtefact(nodeFileSystem, name === '' ? directory : join(directory, name), limits)

describe('readArtefact', () => {
  test('a file is its name and bytes', async () => {
    write('a.json', '{}')
    expect(await read('a.json')).toEqual({ files: [{ path: 'a.json', bytes: Buffer.from('{}') }] })
  })

  test('a directory is all files below it, in order of name', async () => {
    mkdirSync(join(directory, 'sub'))
    write('sub/x', '1')
    write('b', '2')
    write('.hidden', '3')
    const { files } = await readArtefact(nodeFileSystem, directory)
    expect(files.map(f => [f.path, Buffer.from(f.bytes).toString()])).toEqual([['.hidden', '3'], ['b', '2'], ['sub/x', '1']])
  })

  test('links are refused, to files and to directories', async () => {
    write('a', '1')
    symlinkSync('/etc/hostname', join(directory, 'link'))
    await expect(read()).rejects.toMatchObject({ code: 'ML_UNREADABLE', context: { what: expect.stringContaining('symbolic link') as string } })
  })

  test('limits hold at their value and not one above', async () => {
    write('a', '12345')
    write('b', '67890')
    await expect(read('', { maxBytes: 10, maxFiles: 2 })).resolves.toBeDefined()
    await expect(read('', { maxBytes: 9, maxFiles: 2 })).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
    await expect(read('', { maxBytes: 10, maxFiles: 1 })).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
    await expect(read('a', { maxBytes: 5, maxFiles: 1 })).resolves.toBeDefined()
    await expect(read('a', { maxBytes: 4, maxFiles: 1 })).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
  })

  test('nothing there, and an empty directory, are named', async () => {
    await expect(read('none')).rejects.toMatchObject({ code: 'ML_UNREADABLE', context: { what: expect.stringContaining('no file') as string } })
    await expect(read()).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
  })

  test('model.json brings the files it names, and features.json, but nothing else', async () => {
    const { files } = await artefact('flights/mlp-delay30-tfjs/model.json')
    expect(files.map(f => f.path)).toEqual(['features.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin', 'model.json'])
    expect(digestOf({ files })).toBe(digestOf(await artefact('flights/mlp-delay30-tfjs')))
  })

  test.each(['../secret', '/etc/passwd', 'http://example.org/w.bin', 'file:w.bin', 'a//b', 'a\\b', './w', 'C:/w'])('a weight file cannot be %s', async path => {
    write('model.json', JSON.stringify({ format: 'layers-model', modelTopology: {}, weightsManifest: [{ paths: [path], weights: [] }] }))
    await expect(read('model.json')).rejects.toMatchObject({ code: 'ML_UNREADABLE', context: { what: expect.stringContaining('plain file name') as string } })
  })

  test('a weight file that is a link is refused', async () => {
    symlinkSync('/etc/hostname', join(directory, 'w.bin'))
    write('model.json', JSON.stringify({ weightsManifest: [{ paths: ['w.bin'], weights: [] }] }))
    await expect(read('model.json')).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
  })
})

describe('digestOf', () => {
  test('a file has the SHA-256 of its bytes, whatever its name', async () => {
    const model = await artefact('flights/xgb-delay30.json')
    const expected = createHash('sha256').update(model.files[0].bytes).digest('hex')
    expect([digestOf(model), digestOf(oneFile(model.files[0].bytes, 'other'))]).toEqual([expected, expected])
  })

  test('of several files, names, cuts and contents count, their order does not', () => {
    const digest = (...files: [string, string][]): string => digestOf({ files: files.map(([path, content]) => ({ path, bytes: text(content) })) })
    const one = digest(['a', 'xy'], ['b', 'z'])
    expect(digest(['b', 'z'], ['a', 'xy'])).toBe(one)
    const others = [digest(['a', 'x'], ['b', 'yz']), digest(['a', 'xy'], ['c', 'z']), digest(['a', 'xy'], ['b', 'w']), digest(['a', 'xyz'])]
    expect(new Set([one, ...others]).size).toBe(5)
  })

})
