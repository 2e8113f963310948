import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runTool } from './tools.ts'

export interface Certificates {
  /** The authority that a client must trust. */
  readonly ca: string
  readonly clientCert: string
  readonly clientKey: string
  /** The server's key and chain in one file, as Kafka's PEM key store wants it. */
  readonly keystore: string
}

/** Makes, once per folder, an authority that nobody else trusts, and certificates of a server on loopback and of a client. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name)
  const made = { ca: at('ca.pem'), clientCert: at('client.pem'), clientKey: at('client-key.pem'), keystore: at('keystore.pem') }
  if (existsSync(made.keystore)) return made
  mkdirSync(folder, { recursive: true })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-sha256']
  runTool('openssl', ['req', '-x509', ...key, '-days', '3650', '-subj', '/CN=millrace-test-ca', '-keyout', at('ca-key.pem'), '-out', made.ca])
  const sign = (name: string, extension: string): void => {
    writeFileSync(at('extension'), `${extension}\n`)
    runTool('openssl', ['req', ...key, '-subj', `/CN=millrace-test-${name}`, '-keyout', at(`${name}-key.pem`), '-out', at('request.csr')])
    runTool('openssl', ['x509', '-req', '-sha256', '-days', '3650', '-in', at('request.csr'), '-CA', made.ca, '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-extfile', at('extension'), '-out', at(`${name}.pem`)])
  }
  sign('client', 'extendedKeyUsage=clientAuth')
  sign('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  writeFileSync(at('keystore.part'), readFileSync(at('server-key.pem')), { mode: 0o600 })
  appendFileSync(at('keystore.part'), Buffer.concat([readFileSync(at('server.pem')), readFileSync(made.ca)]))
  chmodSync(at('keystore.part'), 0o600)
  writeFileSync(made.keystore, readFileSync(at('keystore.part')), { mode: 0o600 })
  for (const name of ['keystore.part', 'extension', 'request.csr']) rmSync(at(name), { force: true })
  return made
}
