import { join } from 'node:path'
import type { Certificates } from './certificates.ts'

export type ListenerName = 'CONTROLLER' | 'PLAINTEXT' | 'PROXIED' | 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT'

export interface NodeLayout {
  readonly dir: string
  readonly ports: { readonly [name in ListenerName]?: number }
  /** Clients of the listener PROXIED are told this port instead of the real one. */
  readonly proxyPort?: number
  readonly tls?: Certificates
  readonly user: { readonly name: string; readonly password: string }
  readonly set: { readonly [key: string]: string }
}

const protocols: { readonly [name in ListenerName]: string } = {
  CONTROLLER: 'PLAINTEXT', PLAINTEXT: 'PLAINTEXT', PROXIED: 'PLAINTEXT', SSL: 'SSL', SASL_SSL: 'SASL_SSL', SASL_PLAINTEXT: 'SASL_PLAINTEXT',
}

/** The server.properties of one node that is broker and controller, on loopback, made for short tests. */
export function serverProperties(node: NodeLayout): string {
  const listeners = Object.entries(node.ports)
  const addresses = (port: (name: string, real: number) => number): string => listeners.map(([name, real]) => `${name}://127.0.0.1:${port(name, real)}`).join(',')
  const properties: { [key: string]: string } = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${node.ports.CONTROLLER}`,
    listeners: addresses((_, real) => real),
    'advertised.listeners': addresses((name, real) => (name === 'PROXIED' ? node.proxyPort ?? real : real)),
    'listener.security.protocol.map': listeners.map(([name]) => `${name}:${protocols[name as ListenerName]}`).join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(node.dir, 'data'),
    // One node, so one replica of everything; one partition of internal topics starts and recovers fastest.
    ...Object.fromEntries(
      ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].flatMap(topic => [[`${topic}.replication.factor`, '1'], [`${topic}.num.partitions`, '1']]),
    ),
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'min.insync.replicas': '1',
    // A misspelt name must fail instead of becoming a topic.
    'auto.create.topics.enable': 'false',
    // What would otherwise be waited for in tests.
    'group.initial.rebalance.delay.ms': '0',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'log.retention.check.interval.ms': '1000',
    'log.initial.task.delay.ms': '1000',
    'log.cleaner.backoff.ms': '500',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'file.delete.delay.ms': '1000',
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...(node.tls === undefined ? {} : security(node.tls, node.user)),
    ...node.set,
  }
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join('')
}

function security(tls: Certificates, user: NodeLayout['user']): { [key: string]: string } {
  const module = (name: string, rest = ''): string => `org.apache.kafka.common.security.${name}LoginModule required${rest};`
  const login = (listener: string): [string, string][] => [
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, module('scram.Scram')],
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, module('scram.Scram')],
    [`listener.name.${listener}.plain.sasl.jaas.config`, module('plain.Plain', ` user_${user.name}="${user.password}"`)],
    // Takes tokens that nobody signed: good for trying, for nothing else.
    [`listener.name.${listener}.oauthbearer.sasl.jaas.config`, module('oauthbearer.OAuthBearer', ` unsecuredLoginStringClaim_sub="${user.name}"`)],
  ]
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': tls.keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': tls.ca,
    // A client may show a certificate and need not; one of another authority is refused.
    'listener.name.ssl.ssl.client.auth': 'requested',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...Object.fromEntries([...login('sasl_ssl'), ...login('sasl_plaintext')]),
  }
}
