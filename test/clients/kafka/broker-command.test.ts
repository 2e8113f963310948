import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import { brokerMissing } from '../../support/kafka-broker.ts'
import { connectionTo, describeKafka } from '../../support/kafka.ts'

const main = fileURLToPath(new URL('../../../build/scripts/kafka/main.js', import.meta.url))

function kafkaCommand(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout: stdout.trim(), stderr: stderr.trim() }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-command-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('npm run kafka', () => {
  test('says what it can do', () => {
    expect(kafkaCommand()).toMatchObject({ status: 2, stdout: expect.stringContaining('start|stop|status') })
    expect(kafkaCommand('--help')).toMatchObject({ status: 0 })
  })

  test('says what is wrong with its arguments', () => {
    expect(kafkaCommand('start', '--port', '0x')).toEqual({ status: 1, stdout: '', stderr: '--port 0x is no port from 1 to 65535.' })
    expect(kafkaCommand('start', '--set', 'x')).toEqual({ status: 1, stdout: '', stderr: '--set x has no "=": write --set KEY=VALUE.' })
    expect(kafkaCommand('start', '--prot', '1')).toMatchObject({ status: 1, stderr: expect.stringContaining('--prot') })
  })

  test('knows that nothing runs', () => {
    const folder = temporaryFolder()
    expect(kafkaCommand('status', '--dir', folder)).toEqual({ status: 3, stdout: '', stderr: 'It is not running.' })
    expect(kafkaCommand('stop', '--dir', folder)).toEqual({ status: 0, stdout: '', stderr: 'It was not running.' })
  })

  test('removes no folder that is not its own', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'precious'), 'x')
    expect(kafkaCommand('stop', '--dir', folder, '--purge')).toMatchObject({ status: 1, stderr: expect.stringContaining('is not removed') })
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('x')
  })

  test('without Java says how to get it', () => {
    const { PATH, JAVA_HOME } = process.env
    onTestFinished(() => void Object.assign(process.env, PATH === undefined ? {} : { PATH }, JAVA_HOME === undefined ? {} : { JAVA_HOME }))
    process.env['PATH'] = ''
    delete process.env['JAVA_HOME']
    expect(brokerMissing()).toMatch(/there is no java. Install both, for example with: apt-get install/)
  })
})

describeKafka('a broker of npm run kafka', kafka => {
  test('keeps its address and what it holds when it is stopped, killed and started again', async () => {
    const folder = join(temporaryFolder(), 'broker')
    onTestFinished(() => void kafkaCommand('stop', '--dir', folder, '--kill', '--purge'))
    const started = kafkaCommand('start', '--dir', folder, '--set', 'log.retention.hours=1')
    expect(started).toEqual({ status: 0, stdout: expect.stringMatching(/^127\.0\.0\.1:\d+$/), stderr: '' })
    expect(kafkaCommand('start', '--dir', folder)).toEqual(started)
    const status = JSON.parse(kafkaCommand('status', '--dir', folder, '--json').stdout) as { running: boolean; bootstrap: string }
    expect(status).toMatchObject({ running: true, bootstrap: started.stdout, options: { set: { 'log.retention.hours': '1' } } })
    const topic = kafka.topic()
    const before = await openKafka(connectionTo(started.stdout))
    await before.createTopic({ topic, partitions: 1 })
    const [{ topicId }] = await before.topics([topic])
    await before.close()
    expect(kafkaCommand('stop', '--dir', folder, '--kill')).toMatchObject({ status: 0, stderr: 'Stopped.' })
    expect(kafkaCommand('start', '--dir', folder)).toEqual(started)
    const after = await openKafka(connectionTo(started.stdout))
    expect(await after.topics([topic])).toMatchObject([{ topicId }])
    await after.close()
    expect(kafkaCommand('stop', '--dir', folder, '--purge')).toMatchObject({ status: 0, stderr: 'Stopped.' })
    expect(existsSync(folder)).toBe(false)
  }, 300_000)
})
