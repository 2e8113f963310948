import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Certificates, makeCertificates } from './certificates.ts'
import { brokerJars } from './jars.ts'
import { type ListenerName, serverProperties } from './properties.ts'
import { javaCommand, runTool } from './tools.ts'

/** Credentials of a broker on loopback: a secret of nobody. */
export const testUser = { name: 'millrace', password: 'millrace-secret' } as const

const clusterId = 'bWlsbHJhY2Uta2Fma2EtMQ'
const ready = 'Kafka Server started'

export interface BrokerOptions {
  /** Of the plain listener; a free one by default. Ports are kept for later starts in the same folder. */
  readonly port?: number
  /** Adds the listeners SSL, SASL_SSL and SASL_PLAINTEXT. */
  readonly tls?: boolean
  /** Adds the listener PROXIED, whose clients are told this port: where a proxy waits. */
  readonly proxyPort?: number
  /** Properties of the broker beside ours. */
  readonly set?: { readonly [key: string]: string }
  readonly kafkaVersion?: string
}

/** What is known of the broker of one folder, also after it was stopped. */
export interface BrokerState {
  readonly dir: string
  readonly log: string
  readonly bootstrap: string
  readonly ports: { readonly [name in ListenerName]?: number }
  readonly tls?: Certificates
  readonly user: { readonly name: string; readonly password: string }
  readonly options: BrokerOptions
  readonly pid?: number
}

/** One real Kafka node, broker and controller in one process, that lives in a folder. `resources` has pom.xml and log4j2.properties. */
export class KafkaBroker {
  readonly dir: string
  readonly #resources: string

  constructor(dir: string, resources: string) {
    this.dir = resolve(dir)
    this.#resources = resources
  }

  state(): BrokerState | undefined {
    const file = join(this.dir, 'broker.json')
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BrokerState) : undefined
  }

  /** The process, if it runs: a number alone may belong to another program by now. */
  pid(): number | undefined {
    const pid = this.state()?.pid
    if (pid === undefined) return undefined
    try {
      const arguments_ = runTool('ps', ['-o', 'stat=,args=', '-p', String(pid)])
      return !arguments_.startsWith('Z') && arguments_.includes(join(this.dir, 'server.properties')) ? pid : undefined
    } catch {
      return undefined
    }
  }

  /** Starts it, or leaves it alone where it runs; returns once it serves requests. Options that are not given stay what they were. */
  async start(options: BrokerOptions = {}): Promise<BrokerState> {
    const running = this.state()
    if (running !== undefined && this.pid() !== undefined) return running
    mkdirSync(join(this.dir, 'tmp'), { recursive: true })
    const java = javaCommand()
    const jars = brokerJars(this.#resources, options.kafkaVersion ?? running?.options.kafkaVersion)
    for (let attempt = 0; ; attempt++) {
      const state = await this.#configure(options)
      try {
        this.#format(java, jars, state)
        return await this.#launch(java, jars, state)
      } catch (error) {
        // Somebody took a port between our choice and the broker's start: choose others, as long as nothing depends on them.
        const again = String(error).includes('Address already in use') && running === undefined && options.port === undefined && attempt < 3
        if (!again) throw error
        for (const name of ['data', 'broker.json']) rmSync(join(this.dir, name), { recursive: true, force: true })
      }
    }
  }

  /** Ends it: in order, or as a crash would (SIGKILL). */
  async stop(how: 'term' | 'kill' = 'term'): Promise<boolean> {
    const pid = this.pid()
    if (pid === undefined) return false
    process.kill(pid, how === 'kill' ? 'SIGKILL' : 'SIGTERM')
    for (let waited = 0; this.pid() !== undefined; waited++) {
      if (waited === 300) process.kill(pid, 'SIGKILL')
      await delay(50)
    }
    return true
  }

  /** Removes the folder of a broker that does not run. Refuses a folder that holds something else. */
  purge(): void {
    if (!existsSync(this.dir)) return
    if (this.state() === undefined && readdirSync(this.dir).some(name => name !== 'tmp')) throw new Error(`${this.dir} is no folder of a broker, so that it is not removed.`)
    rmSync(this.dir, { recursive: true, force: true })
  }

  async #configure(options: BrokerOptions): Promise<BrokerState> {
    const before = this.state()
    const merged: BrokerOptions = { ...before?.options, ...options, set: { ...before?.options.set, ...options.set } }
    const names: ListenerName[] = ['CONTROLLER', 'PLAINTEXT']
    if (merged.proxyPort !== undefined) names.push('PROXIED')
    if (merged.tls === true) names.push('SSL', 'SASL_SSL', 'SASL_PLAINTEXT')
    const free = await freePorts(names.length)
    const ports = Object.fromEntries(names.map((name, i) => [name, before?.ports[name] ?? free[i]!])) as { [name in ListenerName]?: number }
    if (options.port !== undefined) ports.PLAINTEXT = options.port
    const tls = merged.tls === true ? makeCertificates(join(this.dir, 'tls')) : undefined
    const state: BrokerState = {
      dir: this.dir, log: join(this.dir, 'broker.log'), bootstrap: `127.0.0.1:${ports.PLAINTEXT}`, ports, user: testUser, options: merged,
      ...(tls === undefined ? {} : { tls }),
    }
    const layout = { dir: this.dir, ports, user: testUser, set: merged.set ?? {}, ...(tls === undefined ? {} : { tls }), ...(merged.proxyPort === undefined ? {} : { proxyPort: merged.proxyPort }) }
    writeFileSync(join(this.dir, 'server.properties'), serverProperties(layout))
    this.#save(state)
    return state
  }

  #save(state: BrokerState): void {
    writeFileSync(join(this.dir, 'broker.json.part'), `${JSON.stringify(state, null, 2)}\n`)
    renameSync(join(this.dir, 'broker.json.part'), join(this.dir, 'broker.json'))
  }

  #javaArguments(jars: string, main: readonly string[]): string[] {
    return [
      '-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-Djava.awt.headless=true',
      // The native codecs unpack there and are loaded from there, which a shared /tmp may forbid.
      `-Djava.io.tmpdir=${join(this.dir, 'tmp')}`,
      `-Dlog4j2.configurationFile=${join(this.#resources, 'log4j2.properties')}`, '-cp', jars, ...main,
    ]
  }

  /** Gives a new folder its identity; SCRAM users must be known before the first of them logs in. */
  #format(java: string, jars: string, state: BrokerState): void {
    if (existsSync(join(this.dir, 'data', 'meta.properties'))) return
    const { name, password } = state.user
    const users = state.tls === undefined ? [] : ['256', '512'].flatMap(n => ['--add-scram', `SCRAM-SHA-${n}=[name=${name},password=${password}]`])
    runTool(java, this.#javaArguments(jars, ['kafka.tools.StorageTool', 'format', '--standalone', '--cluster-id', clusterId, '--config', join(this.dir, 'server.properties'), ...users]))
  }

  async #launch(java: string, jars: string, state: BrokerState): Promise<BrokerState> {
    const from = existsSync(state.log) ? statSync(state.log).size : 0
    const log = openSync(state.log, 'a')
    // Its own session: neither Ctrl-C nor the end of this process ends it.
    const child = spawn(java, this.#javaArguments(jars, ['kafka.Kafka', join(this.dir, 'server.properties')]), { cwd: this.dir, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    const ended = new Promise<Error>(settle => {
      child.once('exit', code => settle(new Error(`The broker ended with ${code}`)))
      child.once('error', settle)
    })
    child.unref()
    if (child.pid === undefined) throw await ended
    const started = { ...state, pid: child.pid }
    this.#save(started)
    const said = (): string => readFileSync(state.log).subarray(from).toString()
    for (let waited = 0; !said().includes(ready); waited++) {
      const end = await Promise.race([ended, delay(50)])
      if (end instanceof Error || waited > 3600) {
        if (!(end instanceof Error)) child.kill('SIGKILL')
        throw new Error(`${end instanceof Error ? end.message : 'The broker was not ready after 180 s'}:\n${said().slice(-3000)}`)
      }
    }
    return started
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map(server => new Promise<number>((settle, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => settle((server.address() as { port: number }).port))
  })))
  await Promise.all(servers.map(server => new Promise(settle => server.close(settle))))
  return ports
}
