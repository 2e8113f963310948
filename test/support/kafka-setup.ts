import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { KafkaBroker } from '../../scripts/kafka/broker.ts'
import { brokerFolderPrefix, brokerResources, controlVariable, sweepOrphans } from './kafka-broker.ts'

/**
 * Runs once, before all test files, and costs nothing but a listener: the one broker that Kafka's tests share is started
 * when the first of them asks for it, and ended with the run.
 */
export default async function kafkaSetup(): Promise<() => Promise<void>> {
  let broker: Promise<KafkaBroker> | undefined
  const start = async (): Promise<KafkaBroker> => {
    await sweepOrphans()
    const started = new KafkaBroker(mkdtempSync(brokerFolderPrefix()), brokerResources)
    await started.start({ tls: true, set: sharedProperties })
    return started
  }
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    createInterface({ input: socket }).once('line', () => {
      broker ??= start()
      broker.then(
        b => socket.end(`${JSON.stringify({ state: b.state() })}\n`),
        (error: unknown) => socket.end(`${JSON.stringify({ error: String(error) })}\n`),
      )
    })
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  server.unref()
  process.env[controlVariable] = String((server.address() as AddressInfo).port)
  return async () => {
    server.close()
    const started = await broker?.catch(() => undefined)
    await started?.stop('kill')
    started?.purge()
  }
}

const sharedProperties = {
  'transaction.max.timeout.ms': '300000',
  // Everybody may do everything, until a test forbids it to somebody who logs in.
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
  'super.users': 'User:ANONYMOUS',
}
