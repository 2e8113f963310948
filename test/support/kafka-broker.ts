import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrokerOptions, type BrokerState, KafkaBroker } from '../../scripts/kafka/broker.ts'
import { haveJars } from '../../scripts/kafka/jars.ts'
import { javaCommand, mavenCommand, MissingToolError } from '../../scripts/kafka/tools.ts'

export const brokerResources: string = fileURLToPath(new URL('../../scripts/kafka', import.meta.url))

/** Holds the port where kafka-setup.ts listens. */
export const controlVariable = 'MILLRACE_TEST_KAFKA_CONTROL'

const folder = 'millrace-kafka-'

/** The name has the process that will remove it. */
export const brokerFolderPrefix = (): string => join(tmpdir(), `${folder}${process.pid}-`)

/** Ends brokers of test runs that were killed before they could do it. */
export async function sweepOrphans(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${folder}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || existsSync(`/proc/${owner}`) || !existsSync('/proc')) continue
    const orphan = new KafkaBroker(join(tmpdir(), name), brokerResources)
    await orphan.stop('kill')
    try {
      orphan.purge()
    } catch {
      // Somebody else's folder, or somebody else removes it at this moment.
    }
  }
}

/** Why there can be no broker on this machine, as a sentence with what to do; undefined when there can. */
export function brokerMissing(): string | undefined {
  try {
    javaCommand()
    if (!haveJars(brokerResources)) mavenCommand()
    return undefined
  } catch (error) {
    if (error instanceof MissingToolError) return error.message
    throw error
  }
}

/** The broker that all tests of this run share, started by the first who asks. Own topics keep them apart. */
export async function sharedBroker(): Promise<BrokerState> {
  const port = process.env[controlVariable]
  if (port === undefined) throw new Error('Kafka tests run under vitest with the configuration of this repository, which starts their broker.')
  const answer = await new Promise<string>((settle, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('start\n'))
    socket.setEncoding('utf8').on('data', chunk => (text += chunk)).on('end', () => settle(text)).on('error', reject)
  })
  const { state, error } = JSON.parse(answer) as { state?: BrokerState; error?: string }
  if (state === undefined) throw new Error(error)
  return state
}

export interface OwnBroker {
  readonly broker: KafkaBroker
  readonly state: BrokerState
  /** Ends it and removes what it held. */
  dispose(): Promise<void>
}

/** A broker for one test file: to be crashed, to be restarted, or with other properties. */
export async function startOwnBroker(options: BrokerOptions = {}): Promise<OwnBroker> {
  const broker = new KafkaBroker(mkdtempSync(brokerFolderPrefix()), brokerResources)
  const state = await broker.start(options)
  return {
    broker,
    state,
    async dispose() {
      await broker.stop('kill')
      broker.purge()
    },
  }
}
