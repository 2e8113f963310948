import { writeFile } from 'node:fs/promises'
import { memory, MemorySink, memorySink, MemorySource, ModelRegistry, schema, Session, t } from 'millrace'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { problem, registryWith } from './model-support.ts'

const event = schema({ value: t.float64() })

function oneRow(): MemorySource<{ value: number }> {
  const source = new MemorySource(event)
  source.addData([{ value: 1 }])
  return source
}

async function openSession(executors = 0): Promise<Session> {
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  return session
}

describe('score() with the name of a model', () => {
  test.each([0, 2])('begins with what the alias stands for at start(), and follows it, on %i workers', async executors => {
    const { registry, folder } = await registryWith(3)
    await registry.setAlias('m', 'champion', 1)
    const session = await openSession(executors)
    const input = new MemorySource(event)
    const scored = session.readStream(memory(input)).score('m@champion', { registry, output: { version: 'prediction' }, digest: 'model' }).where(({ version }) => version.gt(0))
    const sink = new MemorySink<{ value: number; version: number; model: string }>()
    await registry.setAlias('m', 'champion', 2)
    const query = await scored.writeStream({ sink: memorySink(sink), checkpointLocation: `${folder}/checkpoint` }).start()
    const feed = async (): Promise<number> => {
      input.addData([{ value: 1 }])
      await query.processAllAvailable()
      return sink.rows().at(-1)?.version ?? NaN
    }
    expect(await feed()).toBe(2)
    await registry.setAlias('m', 'champion', 3)
    await vi.waitFor(async () => expect(await feed()).toBe(3), 5000)
    expect(sink.rows().at(-1)?.model).toBe((await versionedModel(3)).digest)
    expect(query.models.status()).toMatchObject([{ reference: 'm@champion', version: '3', previous: '2' }])
  })

  test('takes a number, which stays, and the bare name, which is the newest version', async () => {
    const { registry } = await registryWith(2)
    const session = await openSession()
    const rows = session.readBatch(memory(oneRow()))
    const [first, newest] = [rows.score('m@1', { registry, output: { version: 'prediction' } }), rows.score(registry.reference('m'), { output: { version: 'prediction' } })]
    expect((await first.collect()).map(r => r.version)).toEqual([1])
    expect((await newest.collect()).map(r => r.version)).toEqual([2])
  })

  test('knows what another process put there once it has looked again, also versions put there by hand', async () => {
    const { registry, folder } = await registryWith(1)
    const session = await openSession()
    const other = await ModelRegistry.open(`${folder}/registry`)
    await writeFile(`${folder}/by-hand.json`, (await versionedModel(7)).artefact.files[0].bytes)
    expect(await other.register('n', `${folder}/by-hand.json`)).toBe(1)
    await other.setAlias('n', 'champion', 1)
    const rows = session.readBatch(memory(oneRow()))
    expect(await problem(() => rows.score('n@champion', { registry, output: { version: 'prediction' } }))).toBe('ML_VERSION_UNKNOWN')
    await writeFile(`${folder}/registry/n/1/version.json`, '{"artefact":"by-hand.json"}')
    await registry.refresh()
    expect((await rows.score('n@champion', { registry, output: { version: 'prediction' } }).collect()).map(r => r.version)).toEqual([7])
  })

  test('says at the verb what is wrong with it', async () => {
    const { registry } = await registryWith(1)
    await registry.setAlias('m', 'champion', 1)
    const session = await openSession()
    const rows = session.readBatch(memory(oneRow()))
    expect([
      await problem(() => rows.score('m@champion', { output: { version: 'prediction' } })),
      await problem(() => rows.score('m@chmpion', { registry, output: { version: 'prediction' } })),
      await problem(() => rows.score('../m@1', { registry, output: { version: 'prediction' } })),
      await problem(() => rows.score('m@champion', { registry, output: { version: 'probability' } })),
      await problem(() => session.readBatch(memory(new MemorySource(schema({ other: t.float64() })))).score('m@champion', { registry, output: { version: 'prediction' } })),
    ]).toEqual(['PLAN_INVALID_OPTION', 'ML_VERSION_UNKNOWN', 'PLAN_INVALID_NAME', 'ML_SCHEMA_MISMATCH', 'ML_SCHEMA_MISMATCH'])
  })

  test('refuses at start() a version that the query, as it was written, cannot use', async () => {
    const { registry, folder } = await registryWith(1)
    await registry.setAlias('m', 'champion', 1)
    const session = await openSession()
    const scored = session.readStream(memory(new MemorySource(event))).score('m@champion', { registry, output: { version: 'prediction' } })
    const document = Buffer.from((await versionedModel(2)).artefact.files[0].bytes).toString().replace('"value"', '"unheard_of"')
    await writeFile(`${folder}/other.json`, document)
    await registry.setAlias('m', 'champion', await registry.register('m', `${folder}/other.json`))
    expect(await problem(() => scored.writeStream({ sink: memorySink(new MemorySink()), checkpointLocation: `${folder}/checkpoint` }).start())).toBe('ML_SCHEMA_MISMATCH')
  })
})
