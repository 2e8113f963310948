import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brokerJars } from '../../scripts/kafka/jars.ts'
import { javaCommand, runTool } from '../../scripts/kafka/tools.ts'
import { describe, it } from 'vitest'
import { brokerResources } from './kafka-broker.ts'
import { describeKafka, type TestKafka } from './kafka.ts'

const run = promisify(execFile)
const sources = ['LogReader', 'LogWriter'].map(name => fileURLToPath(new URL(`../kafka-proof/java/${name}.java`, import.meta.url)))

/** Why the Java programs of these tests cannot be compiled, with what to do; undefined when they can. */
export function compilerMissing(): string | undefined {
  const compiler = spawnSync('javac', ['-version'])
  return compiler.error === undefined && compiler.status === 0 ? undefined : 'There is no javac. Install a JDK, for example with: apt-get install openjdk-17-jdk-headless'
}

/** Kafka's own client, from the jars that the broker came from. */
export interface JavaClient {
  /** Lines as LogReader.java says. */
  read(bootstrap: string, isolation: 'read_committed' | 'read_uncommitted', ...topics: readonly string[]): Promise<readonly string[]>
  write(bootstrap: string, topic: string, codec: string, records: number, timestamp: number): Promise<void>
  dispose(): void
}

export function compileJavaClient(): JavaClient {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-java-'))
  const jars = brokerJars(brokerResources)
  runTool('javac', ['-d', folder, '-cp', jars, ...sources])
  const java = async (program: string, args: readonly string[]): Promise<string> => {
    const settings = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${join(brokerResources, 'log4j2.properties')}`, `-Djava.io.tmpdir=${folder}`]
    const { stdout } = await run(javaCommand(), [...settings, '-cp', `${folder}:${jars}`, program, ...args], { maxBuffer: 1 << 28, timeout: 120_000, killSignal: 'SIGKILL' })
    return stdout
  }
  return {
    async read(bootstrap, isolation, ...topics) {
      // The log of the client itself goes to standard output too.
      return (await java('LogReader', [bootstrap, isolation, ...topics])).split('\n').filter(line => line.includes('\t'))
    },
    async write(bootstrap, topic, codec, records, timestamp) {
      await java('LogWriter', [bootstrap, topic, codec, String(records), String(timestamp)])
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Tests that need the broker and a Java compiler; skipped without one, and failed where Kafka is required. */
export function describeWithJavaClient(name: string, tests: (kafka: TestKafka) => void): void {
  const missing = compilerMissing()
  if (missing === undefined || process.env['MILLRACE_KAFKA_REQUIRED'] === '1') describeKafka(name, tests)
  else {
    describe.skip(`${name} (skipped: ${missing})`, () => {
      it('needs a Java compiler', () => undefined)
    })
  }
}
