import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { files, isMillraceError, loadModel, Session, type StreamingQuery } from 'millrace'
import { playFlights } from './feed.ts'
import { type ClosedWindow, lateArrivals } from './live-query.ts'
import { LiveTable } from './live-table.ts'
import { Scoreboard } from './scoreboard.ts'

/**
 * Two weeks of flights in half a minute: recorded departures arrive file by file, each is scored as it leaves, hourly
 * windows close as the watermark passes them. Everything it writes lies in a temporary folder that goes at the end.
 */
const usage = `demo [--speed HOURS_PER_SECOND] [--model xgboost|keras]
    --speed 0 plays as fast as it goes; the default of 13 takes about 26 seconds`

const home = fileURLToPath(new URL('../../../examples/flights', import.meta.url))
const models = { xgboost: 'models/xgb-delay30.json', keras: 'models/mlp-delay30-tfjs' }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { speed: { type: 'string', default: '13' }, model: { type: 'string', default: 'xgboost' }, help: { type: 'boolean', default: false } },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const speed = Number(values.speed)
  if (!(speed >= 0 && speed < Infinity)) throw new TypeError(`--speed is a number from 0, not "${values.speed}".`)
  if (values.model !== 'xgboost' && values.model !== 'keras') throw new TypeError(`--model is xgboost or keras, not "${values.model}".`)

  // Before the start takes its time: whatever was begun is cleaned up.
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const model = await loadModel(join(home, models[values.model]))
  if (stopping.signal.aborted) return
  const folder = await mkdtemp(join(tmpdir(), 'millrace-demo-'))
  try {
    await using session = await Session.start()
    const input = join(folder, 'flights')
    const output = join(folder, 'windows')
    await mkdir(input)
    const query = await lateArrivals(session, input, join(home, 'data/weather.jsonl'), model)
      .writeStream({ name: 'late-arrivals', sink: files({ path: output, format: 'jsonl' }), outputMode: 'append', checkpointLocation: join(folder, 'checkpoint') })
      .start()
    await show(query, input, output, speed, new Scoreboard(model.label, Date.now()), stopping)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Plays the recording into the query and shows what comes of it, until the end or a signal. */
async function show(query: StreamingQuery, input: string, output: string, speed: number, board: Scoreboard, stopping: AbortController): Promise<void> {
  const live = process.stdout.isTTY ? new LiveTable(process.stdout) : null
  const redraw = live === null ? undefined : setInterval(() => live.draw(board.lines(Date.now())), 100)

  const windows = new PublishedWindows(output)
  // One after the other: a batch is shown with the windows that it published.
  let shown = Promise.resolve()
  query.progress.subscribe({
    next: p => {
      shown = shown.then(async () => {
        const line = board.batch(p, await windows.next(), Date.now())
        if (live === null) console.log(line)
      })
    },
    complete: () => {
      if (query.exception !== null) stopping.abort()
    },
  })
  try {
    await playFlights(join(home, 'data'), input, speed, stopping.signal, p => board.fed(p))
    await Promise.race([query.processAllAvailable(), new Promise(resolve => stopping.signal.addEventListener('abort', resolve, { once: true }))])
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  } finally {
    await query.stop()
    await shown
    clearInterval(redraw)
    live?.draw(board.lines(Date.now()))
    live?.close()
  }
  if (query.exception !== null) throw query.exception
  console.log(board.summary(Date.now(), !stopping.signal.aborted))
}

/** Rows of the files that the sink has published since the last look. A file that is there is whole and stays. */
class PublishedWindows {
  readonly #folder: string
  readonly #seen = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async next(): Promise<ClosedWindow[]> {
    const fresh = (await readdir(this.#folder)).filter(n => n.endsWith('.jsonl') && !this.#seen.has(n)).sort()
    const rows: ClosedWindow[] = []
    for (const name of fresh) {
      this.#seen.add(name)
      const text = await readFile(join(this.#folder, name), 'utf8')
      for (const line of text.split('\n')) if (line !== '') rows.push(JSON.parse(line) as ClosedWindow)
    }
    return rows
  }
}

main().catch((error: unknown) => {
  const code = isMillraceError(error) ? `${error.code}: ` : ''
  console.error(`${code}${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
