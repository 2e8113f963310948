import { expect, test } from 'vitest'
import { dropArtefact, keepArtefact, readArtefact } from '../../src/checkpoint/artefacts.ts'
import { Journal } from './support.ts'

const digest = 'a'.repeat(64)
const files = [{ path: 'model.json', bytes: Uint8Array.of(1, 2, 3) }]

test('a model that comes back while it is on its way out is there in the end', async () => {
  const journal = await Journal.start()
  await journal.begin()
  const { checkpoint } = journal
  await keepArtefact(checkpoint, digest, files)
  await Promise.all([dropArtefact(checkpoint, digest), keepArtefact(checkpoint, digest, files)])
  expect(await readArtefact(checkpoint, digest)).toEqual(files)
})

test('whether a model is still needed is asked when it is about to go', async () => {
  const journal = await Journal.start()
  await journal.begin()
  const { checkpoint } = journal
  const needed = new Set<string>()
  const kept = keepArtefact(checkpoint, digest, files)
  const dropped = dropArtefact(checkpoint, digest, () => needed.has(digest))
  needed.add(digest)
  await Promise.all([kept, dropped])
  expect(await readArtefact(checkpoint, digest)).toEqual(files)
})
