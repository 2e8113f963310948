import { messageOf } from '../../../common/errors.ts'
import type { SocketTls } from '../../../common/network.ts'
import type { Ports } from '../../../common/ports.ts'
import { credentialsMissing, insecurePassword } from '../errors.ts'
import type { KafkaConnection, SaslSettings, SecretReference, TlsSettings } from '../port.ts'
import type { SaslProvider } from './kafkajs.ts'
import { oauthBearerProvider } from './oauthbearer.ts'

/** Reads PEM files and secrets where the options say they are: at every connection, so that they can be renewed. */
export class Credentials {
  readonly #connection: KafkaConnection
  readonly #ports: Ports
  /** What was read so far, to keep it out of texts. */
  readonly #secrets = new Set<string>()

  constructor(connection: KafkaConnection, ports: Ports) {
    this.#connection = connection
    this.#ports = ports
  }

  /** @throws QueryError KAFKA_CREDENTIALS_MISSING */
  async tls(): Promise<SocketTls | undefined> {
    const { tls } = this.#connection
    if (tls === undefined) return undefined
    const [ca, cert, key] = await Promise.all([this.#pem(tls, 'caFile'), this.#pem(tls, 'certFile'), this.#pem(tls, 'keyFile')])
    return { ca, cert, key, serverName: tls.serverName, unsafeNoVerify: tls.unsafeNoVerify }
  }

  /** As kafkajs wants it, without TLS only where nobody can listen. @throws QueryError KAFKA_CREDENTIALS_MISSING; AnalysisError KAFKA_INSECURE_PASSWORD */
  async sasl(host: string): Promise<SaslLogin | undefined> {
    const { sasl, tls } = this.#connection
    if (sasl === undefined) return undefined
    if (tls === undefined && sendsSecret(sasl) && !isLoopback(host)) throw insecurePassword(sasl.mechanism, host)
    if (sasl.mechanism === 'oauthbearer') {
      const { token } = sasl
      await this.#secret('sasl.token', token)
      return { mechanism: 'oauthbearer', authenticationProvider: oauthBearerProvider(() => this.#secret('sasl.token', token)) }
    }
    return { mechanism: sasl.mechanism, username: sasl.username, password: await this.#secret('sasl.password', sasl.password) }
  }

  /** The text without any secret that was read. */
  redact(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***')
    return clean
  }

  async #pem(tls: TlsSettings, option: 'caFile' | 'certFile' | 'keyFile'): Promise<Uint8Array | undefined> {
    const path = tls[option]
    return path === undefined ? undefined : await this.#file(`tls.${option}`, path)
  }

  async #secret(option: string, reference: SecretReference): Promise<string> {
    const secret = 'env' in reference ? process.env[reference.env] : Buffer.from(await this.#file(option, reference.file)).toString('utf8').replace(/\r?\n$/, '')
    if (secret === undefined || secret === '') {
      throw 'env' in reference
        ? credentialsMissing(option, `the environment variable "${reference.env}"`, 'which is not set')
        : credentialsMissing(option, `the file "${reference.file}"`, 'which is empty')
    }
    this.#secrets.add(secret)
    return secret
  }

  async #file(option: string, path: string): Promise<Uint8Array> {
    try {
      return await this.#ports.files.readFile(path)
    } catch (error) {
      throw credentialsMissing(option, `the file "${path}"`, `which cannot be read (${messageOf(error)})`)
    }
  }
}

export type SaslLogin =
  | { readonly mechanism: string; readonly username: string; readonly password: string }
  | { readonly mechanism: 'oauthbearer'; readonly authenticationProvider: SaslProvider }

/** SCRAM proves that both know the password; these two say it. */
const sendsSecret = (sasl: SaslSettings): boolean => sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer'

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
