// A Kafka broker to try things with: npm run kafka -- start|stop|status. `help` below says how.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { KafkaBroker } from './broker.ts'
import { cacheFolder } from './jars.ts'

const help = `npm run kafka -- start|stop|status [options]

  start    starts one Kafka broker on loopback and prints its address once it serves requests
  stop     ends it in order; what it holds stays for the next start
  status   prints its address; ends with 3 when it does not run

  --dir D       where it lives (default: a folder of its own in the cache folder); several may run beside each other
  --port N      start: the port of the plain listener (default: a free one, kept for later starts)
  --tls         start: also TLS, TLS with SASL, and SASL listeners (SCRAM-SHA-256 and -512, PLAIN, unsigned OAUTHBEARER)
  --fresh       start: throw away what the folder held
  --set K=V     start: a property of the broker; may be given several times
  --kill        stop: as a crash would (SIGKILL)
  --purge       stop: then remove the folder
  --json        addresses, certificates, user, process, log

Needs Java 17 or later, Maven for the first start (it collects about 43 MB of jars in the cache folder) and openssl for --tls.`

// Compiled into build/, while pom.xml and log4j2.properties stay where they are.
const resources = [new URL('.', import.meta.url), new URL('../../../scripts/kafka/', import.meta.url)].map(url => fileURLToPath(url)).find(folder => existsSync(join(folder, 'pom.xml')))

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      dir: { type: 'string' }, port: { type: 'string' }, tls: { type: 'boolean' }, fresh: { type: 'boolean' }, set: { type: 'string', multiple: true },
      kill: { type: 'boolean' }, purge: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' },
    },
  })
  const [command] = positionals
  if (values.help === true || resources === undefined || positionals.length !== 1 || !['start', 'stop', 'status'].includes(command!)) {
    console.log(help)
    return values.help === true ? 0 : 2
  }
  const broker = new KafkaBroker(values.dir ?? join(cacheFolder(), 'broker'), resources)
  const print = (): void => console.log(values.json === true ? JSON.stringify({ ...broker.state(), running: broker.pid() !== undefined }, null, 2) : broker.state()?.bootstrap)
  if (command === 'start') {
    const port = values.port === undefined ? undefined : Number(values.port)
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) throw new Error(`--port ${values.port} is no port from 1 to 65535.`)
    const set = (values.set ?? []).map(item => {
      const at = item.indexOf('=')
      if (at < 1) throw new Error(`--set ${item} has no "=": write --set KEY=VALUE.`)
      return [item.slice(0, at), item.slice(at + 1)]
    })
    if (values.fresh === true) {
      await broker.stop()
      broker.purge()
    }
    await broker.start({ ...(port === undefined ? {} : { port }), ...(values.tls === true ? { tls: true } : {}), set: Object.fromEntries(set) as { [key: string]: string } })
    print()
    return 0
  }
  if (command === 'stop') {
    console.error((await broker.stop(values.kill === true ? 'kill' : 'term')) ? 'Stopped.' : 'It was not running.')
    if (values.purge === true) broker.purge()
    return 0
  }
  const running = broker.pid() !== undefined
  if (running || values.json === true) print()
  if (!running) console.error('It is not running.')
  return running ? 0 : 3
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
