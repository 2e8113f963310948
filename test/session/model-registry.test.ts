import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { type LoadedModel, memory, MemorySink, memorySink, MemorySource, ModelRegistry, schema, Session, t } from 'millrace'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { modelFile, problem, registryWith } from './model-support.ts'

describe('a registry', () => {
  test('keeps versions and aliases in a folder that people can read', async () => {
    const { registry, folder } = await registryWith(2)
    await registry.setAlias('m', 'champion', 1)
    await registry.setAlias('m', 'candidate', 2)
    await registry.setAlias('m', 'champion', 2)
    expect(await registry.names()).toEqual(['m'])
    expect(await registry.aliases('m')).toEqual({ champion: 2, candidate: 2 })
    expect((await registry.versions('m')).map(v => [v.version, v.aliases, v.metadata, v.hasGoldenRows])).toEqual([
      [1, [], { trainedBy: 'run 1' }, false],
      [2, ['champion', 'candidate'], { trainedBy: 'run 2' }, false],
    ])
    expect((await readdir(`${folder}/registry/m/2`)).sort()).toEqual(['v2.json', 'version.json'])
    expect(JSON.parse(await readFile(`${folder}/registry/m/aliases.json`, 'utf8'))).toEqual({ champion: 2, candidate: 2 })
    const again = await ModelRegistry.open(`${folder}/registry/`)
    const [champion, first, newest] = await Promise.all(['m@champion', 'm@1', 'm'].map(r => again.load(r)))
    expect([champion.label, first.label, newest.label, champion.reference, first.reference, newest.reference]).toEqual(['m@2', 'm@1', 'm@2', 'm@champion', undefined, undefined])
    expect(champion.digest).toBe(newest.digest)
    await registry.removeAlias('m', 'candidate')
    expect(await registry.aliases('m')).toEqual({ champion: 2 })
  })

  test('takes numbered folders as TensorFlow Serving has them', async () => {
    const { registry, folder } = await registryWith(0)
    await mkdir(`${folder}/registry/served/12`, { recursive: true })
    await writeFile(`${folder}/registry/served/12/model.json`, (await versionedModel(12)).artefact.files[0].bytes)
    await mkdir(`${folder}/registry/served/not-a-version`)
    expect((await registry.versions('served')).map(v => [v.version, v.registeredAt])).toEqual([[12, null]])
    expect((await registry.load('served')).digest).toBe((await versionedModel(12)).digest)
  })

  test('does not take a model whose golden rows it scores otherwise', async () => {
    const { registry, folder } = await registryWith(1)
    const golden = async (prediction: number) => {
      await writeFile(`${folder}/input.jsonl`, '{"value":1}\n{"value":2}\n')
      await writeFile(`${folder}/expected.jsonl`, `{"prediction":${prediction},"predict":${prediction}}\n{"prediction":${prediction},"predict":${prediction}}\n`.replaceAll(/"prediction":[^,]*,/g, (await predictionName(registry)) === 'predict' ? '' : '$&'))
      return { input: `${folder}/input.jsonl`, expected: `${folder}/expected.jsonl` }
    }
    const path = await modelFile(folder, 5)
    expect(await problem(async () => registry.register('m', path, { golden: await golden(6) }))).toBe('ML_GOLDEN_MISMATCH')
    expect((await registry.versions('m')).length).toBe(1)
  })

  test('says what is wrong with names, references and files', async () => {
    const { registry, folder } = await registryWith(1)
    await writeFile(`${folder}/junk.json`, 'junk')
    expect([
      await problem(() => registry.load('n')),
      await problem(() => registry.load('m@champion')),
      await problem(() => registry.load('m@2')),
      await problem(() => registry.load('../m')),
      await problem(() => registry.setAlias('m', 'champion', 9)),
      await problem(() => registry.setAlias('m', '7', 1)),
      await problem(() => registry.register('m', `${folder}/junk.json`)),
      await problem(() => registry.register('m', `${folder}/nowhere.json`)),
      await problem(() => registry.register('a/b', `${folder}/junk.json`)),
    ]).toEqual(['ML_VERSION_UNKNOWN', 'ML_VERSION_UNKNOWN', 'ML_VERSION_UNKNOWN', 'PLAN_INVALID_NAME', 'ML_VERSION_UNKNOWN', 'PLAN_INVALID_NAME', 'ML_UNKNOWN_FORMAT', 'ML_UNREADABLE', 'PLAN_INVALID_NAME'])
    expect(await readdir(`${folder}/registry/m`)).toEqual(['1'])
    await writeFile(`${folder}/registry/m/aliases.json`, '[1]')
    expect(await problem(() => registry.load('m@champion'))).toBe('ML_REGISTRY_UNREADABLE')
  })
})

async function predictionName(registry: ModelRegistry): Promise<string> {
  const { signature } = await registry.load('m')
  return signature.outputs.some(o => o.library === 'predict') ? 'predict' : 'prediction'
}

const event = schema({ value: t.float64() })

/** A query that scores with a model of the registry; feed() answers the version that scored the row. */
async function scoring(model: LoadedModel, checkpointLocation: string, input: MemorySource<{ value: number }>, executors = 0) {
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  const sink = new MemorySink<{ value: number; version: number; model: string }>()
  const query = await session.readStream(memory(input)).score(model, { output: { version: 'prediction' }, digest: 'model' }).writeStream({ sink: memorySink(sink), checkpointLocation }).start()
  const feed = async (): Promise<number> => {
    input.addData([{ value: 1 }])
    await query.processAllAvailable()
    const row = sink.rows().at(-1)
    // Whatever scored it, the record says so.
    expect(row?.model).toBe(query.lastProgress?.models[0])
    return row?.version ?? NaN
  }
  const becomes = (version: string) => vi.waitFor(async () => {
    await feed()
    expect(query.models.status()[0].version).toBe(version)
  }, 5000)
  return { session, query, feed, becomes }
}

describe('a running query', () => {
  test.each([0, 2])('follows its alias at a batch boundary, on %i workers', async executors => {
    const { registry, folder } = await registryWith(3)
    await registry.setAlias('m', 'champion', 1)
    const { query, feed, becomes } = await scoring(await registry.load('m@champion'), `${folder}/checkpoint`, new MemorySource(event), executors)
    expect(await feed()).toBe(1)
    expect(query.models.status()).toMatchObject([{ reference: 'm@champion', version: '1', sinceBatch: 0, previous: null, refused: null }])
    for (const version of [2, 3, 1]) {
      await registry.setAlias('m', 'champion', version)
      await becomes(String(version))
      expect(await feed()).toBe(version)
    }
    expect(query.models.status()).toMatchObject([{ version: '1', previous: '3' }])
  })

  test('goes back, and leaves out what it went back from until the alias is moved', async () => {
    const { registry, folder } = await registryWith(3)
    await registry.setAlias('m', 'champion', 1)
    const { query, feed, becomes } = await scoring(await registry.load('m@champion'), `${folder}/checkpoint`, new MemorySource(event))
    await feed()
    expect(await problem(() => query.models.rollback('m@champion'))).toBe('ML_VERSION_UNKNOWN')
    await registry.setAlias('m', 'champion', 2)
    await becomes('2')
    expect(query.models.rollback('m@champion')).toBe('1')
    expect([await feed(), await feed()]).toEqual([1, 1])
    await registry.setAlias('m', 'champion', 3)
    await becomes('3')
  })

  test('keeps what it has when the new version is broken, and says why', async () => {
    const { registry, folder } = await registryWith(1)
    await registry.setAlias('m', 'champion', 1)
    const { query, feed, becomes } = await scoring(await registry.load('m@champion'), `${folder}/checkpoint`, new MemorySource(event))
    await feed()
    await mkdir(`${folder}/registry/m/2`)
    await writeFile(`${folder}/registry/m/2/model.json`, 'junk')
    await registry.setAlias('m', 'champion', 2)
    await vi.waitFor(() => expect(query.models.status()[0].refused).toMatchObject({ version: '2', reason: expect.stringContaining('format') as string }), 5000)
    expect(await feed()).toBe(1)
    // Needs a column that the query does not give.
    const document = JSON.parse(Buffer.from((await versionedModel(3)).artefact.files[0].bytes).toString()) as { learner: { feature_names: string[] } }
    document.learner.feature_names = document.learner.feature_names.map(() => 'unheard_of')
    await mkdir(`${folder}/registry/m/3`)
    await writeFile(`${folder}/registry/m/3/model.json`, JSON.stringify(document))
    await registry.setAlias('m', 'champion', 3)
    await vi.waitFor(() => expect(query.models.status()[0].refused).toMatchObject({ version: '3', reason: expect.stringContaining('unheard_of') as string }), 5000)
    expect(await feed()).toBe(1)
    expect(await registry.register('m', await modelFile(folder, 4))).toBe(4)
    await registry.setAlias('m', 'champion', 4)
    await becomes('4')
  })

  test('lets go models that it cannot need any more', async () => {
    const { registry, folder } = await registryWith(4)
    await registry.setAlias('m', 'champion', 1)
    const { query, feed, becomes } = await scoring(await registry.load('m@champion'), `${folder}/checkpoint`, new MemorySource(event))
    for (let round = 0; round < 12; round++) {
      const version = (round % 4) + 1
      await registry.setAlias('m', 'champion', version)
      await becomes(String(version))
      expect(await feed()).toBe(version)
    }
    expect(query.models.status()[0]).toMatchObject({ version: '4', previous: '3' })
  })
})
