import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../../src/clients/kafka/port.ts'
import { SeededRandom } from '../../../src/testing/simulation/seeded-random.ts'
import { describeKafka } from '../../support/kafka.ts'
import { tempFolder } from '../support.ts'
import { readTopic } from './support.ts'

const program = fileURLToPath(new URL('programs/copy.mjs', import.meta.url))
const fileCount = 12

describeKafka('a program that writes to Kafka and is killed', kafka => {
  let reader: KafkaPort
  beforeAll(async () => {
    reader = await openKafka(kafka.connection)
  })
  afterAll(() => reader.close())

  /** Input of some files, each with three payments and a bad line. */
  async function world() {
    const folder = await tempFolder()
    await mkdir(join(folder, 'in'))
    for (let f = 0; f < fileCount; f++) {
      const line = (i: number): string => `{"id":${f * 3 + i},"account":"a${i}"}\n`
      await writeFile(join(folder, 'in', `${String(f).padStart(2, '0')}.jsonl`), `${line(0)}!${f}\n${line(1)}${line(2)}`)
    }
    const topic = kafka.topic('killed')
    const dead = `${topic}.dead`
    await reader.createTopic({ topic, partitions: 3 })
    await reader.createTopic({ topic: dead, partitions: 1 })
    const args = [program, kafka.bootstrap, join(folder, 'in'), topic, dead, join(folder, 'checkpoint')]
    /** Answers null when it ended by itself and well, the signal when it was killed. */
    const run = (executors: number, options: { readonly moment?: string; readonly killAfterMs?: number } = {}) =>
      new Promise<string | null>((resolve, reject) => {
        const child = execFile(process.execPath, [...args, String(executors), ...(options.moment === undefined ? [] : [options.moment])], { timeout: options.killAfterMs ?? 60_000, killSignal: 'SIGKILL' }, (error, _out, errors) => {
          if (error === null || child.signalCode !== null) resolve(child.signalCode)
          else reject(new Error(errors))
        })
      })
    const everythingOnce = async (): Promise<void> => {
      const ids = (await readTopic(reader, topic)).map(r => (JSON.parse(r.value as string) as { readonly id: number }).id)
      expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: fileCount * 3 }, (_, id) => id))
      expect((await readTopic(reader, dead)).map(r => r.value).sort()).toEqual(Array.from({ length: fileCount }, (_, f) => `!${f}`).sort())
    }
    return { run, everythingOnce }
  }

  test('at the moments that matter: around the rows, the marker and the commit of a batch', { timeout: 240_000 }, async () => {
    const { run, everythingOnce } = await world()
    // The first send, commit and init of a life are those of the fence; a batch sends its rows and its marker at once.
    for (const moment of ['after init 1', 'before commit 1', 'after commit 1', 'before send 2', 'after send 2', 'after send 3', 'before commit 2', 'after commit 2', 'before send 4', 'after commit 3']) {
      expect(await run(0, { moment }), moment).toBe('SIGKILL')
    }
    expect(await run(2)).toBeNull()
    await everythingOnce()
  })

  test('at any moment, with and without executors', { timeout: 240_000 }, async () => {
    const { run, everythingOnce } = await world()
    const random = new SeededRandom(Date.now() % 1e6)
    for (let life = 0; life < 8; life++) await run(life % 2 === 0 ? 0 : 2, { killAfterMs: 400 + random.below(1000) })
    expect(await run(0)).toBeNull()
    await everythingOnce()
  })
})
