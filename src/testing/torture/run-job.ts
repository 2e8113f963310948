import { messageOf } from '../../common/errors.ts'
import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import type { SinkConnector } from '../../session/connector.ts'
import { files } from '../../session/connectors/files.ts'
import { Session } from '../../session/session.ts'
import { addSinkProvider } from '../../sinks/registry.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { SimulatedCrash, type Step } from '../simulation/simulated-crash.ts'
import { type Program, SimulatedWorld } from '../simulation/simulated-world.ts'
import { checkEnd } from './check-end.ts'
import { Deliveries, DeliveryClient, deliverySinkProvider } from './delivery-sink.ts'
import { External } from './external.ts'
import { addInputFile, changingFiles, type Serials } from './input-folder.ts'
import { type InputFile, type Job, probeFiles, type SinkRole } from './job.ts'
import { OutputWatch } from './output-watch.ts'
import { type PreparedByToken, RecordingStores } from './recording-stores.ts'
import { places, startQuery } from './start-query.ts'
import { Table, TableClient, tableSinkProvider } from './table-sink.ts'

addSinkProvider(deliverySinkProvider)
addSinkProvider(tableSinkProvider)

/** What a job has left behind: what the checks look at. */
export interface JobWorld {
  readonly job: Job
  readonly world: SimulatedWorld
  readonly prepared: PreparedByToken
  readonly watches: ReadonlyMap<SinkRole, OutputWatch>
  readonly tables: ReadonlyMap<SinkRole, Table>
  readonly deliveries: ReadonlyMap<SinkRole, Deliveries>
  readonly serials: Serials
  /** In the order in which they appeared. */
  readonly arrived: InputFile[]
}

export interface JobResult {
  readonly crashes: number
  readonly steps: number
  /** What is wrong; empty: nothing. */
  readonly problems: readonly string[]
  /** What happened, for people: one line per life and step. */
  readonly script: readonly string[]
}

export interface JobOptions {
  readonly rules?: Partial<ProtocolRules>
}

/** A life that does not move for this long of real time has stopped for good. */
const patienceMs = 20_000

/** Runs a job: life after life with its crashes, then to the end without, then checks what is there. */
export async function runJob(job: Job, options: JobOptions = {}): Promise<JobResult> {
  const rules = { ...protocolRules, ...options.rules }
  const run = new JobRun(job, rules)
  await run.live()
  return { crashes: run.crashes, steps: run.steps, problems: run.problems, script: run.script }
}

class JobRun {
  readonly problems: string[] = []
  readonly script: string[] = []
  crashes = 0
  steps = 0
  /** The last life came to a clean end. */
  #ended = true
  readonly #rules: ProtocolRules
  readonly #random: SeededRandom
  readonly #state: JobWorld

  constructor(job: Job, rules: ProtocolRules) {
    this.#rules = rules
    this.#random = new SeededRandom(job.seed ^ 0x5bd1e995)
    const world = new SimulatedWorld({ seed: job.seed, startMs: 1_700_000_000_000 })
    const of = <T>(kind: string, make: (role: SinkRole) => T): Map<SinkRole, T> => new Map(job.sinks.filter(s => s.kind === kind).map(s => [s.role, make(s.role)]))
    this.#state = {
      job, world, prepared: new Map(), serials: { last: 0 }, arrived: [],
      watches: of('files', role => new OutputWatch(world.disk, places.sink(role))),
      tables: of('table', () => new Table()),
      deliveries: of('deliver', () => new Deliveries()),
    }
  }

  async live(): Promise<void> {
    const { job, world } = this.#state
    world.disk.makeDurableDirectory(places.input)
    const waiting = [...job.files]
    for (let life = 0; this.problems.length === 0; life++) {
      while (waiting.length > 0 && (waiting[0].arrival <= life || life > job.crashes.length)) await this.#arrive(waiting.shift() as InputFile)
      await world.clock.advance(this.#random.below(5000))
      const planned = job.crashes.at(life)
      const once = this.#random.chance(0.15) && life < job.crashes.length
      await this.#life(life, planned === undefined ? null : { mode: planned.mode, step: Math.floor(planned.at * this.#expectedSteps()) }, once)
      if (life >= job.crashes.length && waiting.length === 0) break
    }
    for (const files of probeFiles(job)) {
      if (this.problems.length > 0) return
      for (const file of files) await this.#arrive(file)
      await this.#life(-1, null, false)
    }
    if (this.problems.length === 0) this.problems.push(...(await checkEnd(this.#state)))
  }

  /** About how many steps the next life takes: for opening, and for each file that is still to be read. */
  #expectedSteps(): number {
    const { arrived, prepared, job } = this.#state
    const read = new Set([...prepared.values()].flatMap(p => Object.values(p.record.sources).flatMap(s => s.partitions.map(x => x.label))))
    const unread = arrived.filter(f => !read.has(f.name)).length
    return 16 + 12 * job.sinks.length + (this.#ended ? 0 : 25) + unread * (8 + 12 * job.sinks.length)
  }

  async #arrive(file: InputFile): Promise<void> {
    const { world, arrived } = this.#state
    await addInputFile(world.disk, world.clock, places.input, file)
    arrived.push(file)
    this.script.push(`${file.name} appears with ${file.rows.length} rows`)
  }

  async #life(life: number, crash: { readonly mode: 'kill' | 'power'; readonly step: number } | null, once: boolean): Promise<void> {
    const { world } = this.#state
    const program = world.start()
    this.script.push(`life ${life < 0 ? 'with probe' : life}${once ? ', trigger once' : ''}${crash === null ? '' : `, to crash (${crash.mode}) at step ${crash.step}`}`)
    program.process.onStep = step => {
      this.#look()
      this.script.push(`  ${step.index} ${stepText(step)}`)
      if (crash !== null && step.index === crash.step) throw new SimulatedCrash(crash.mode)
    }
    const outcome = await withPatience(Promise.race([program.process.died, this.#program(program, once)]))
    this.#ended = false
    this.steps += program.process.steps
    if (outcome === 'kill' || outcome === 'power') {
      this.crashes++
      this.script.push(`  crash (${outcome})`)
      if (outcome === 'power') for (const watch of this.#state.watches.values()) watch.forgetNodes()
    } else if (outcome === null) this.#ended = true
    else this.problems.push(`the query stopped: ${outcome}`)
    this.#look()
  }

  /** One process from its start to its clean end; answers what went wrong. */
  async #program(program: Program, once: boolean): Promise<string | null> {
    const { job, serials } = this.#state
    const ports = job.nondeterministic ? { ...program.ports, files: changingFiles(program.ports.files, places.input, serials) } : program.ports
    const store = new RecordingStores(program.stores, this.#state.prepared, () => false)
    const session = await Session.start({ statePartitions: job.statePartitions, memoryBudgetBytes: 2 ** 30 }, { ports, store, rules: this.#rules })
    try {
      const query = await startQuery(session, job, { checkpoint: places.checkpoint, once, connect: role => this.#connector(role, program) })
      await query.awaitTermination()
      return null
    } catch (error) {
      return errorText(error)
    } finally {
      await session.stop()
    }
  }

  #connector(role: SinkRole, program: Program): SinkConnector {
    const { job, tables, deliveries } = this.#state
    const sink = job.sinks.find(s => s.role === role)
    const external = new External(program.process, this.#random)
    const table = tables.get(role)
    if (table !== undefined) return live('torture-table', role, new TableClient(table, external, this.#random))
    const delivered = deliveries.get(role)
    if (delivered !== undefined) return live('torture-deliveries', role, new DeliveryClient(external, delivered))
    return files({
      path: places.sink(role), format: 'jsonl',
      ...(sink?.maxRowsPerFile == null ? {} : { maxRowsPerFile: sink.maxRowsPerFile }),
      ...(sink?.partitioned === true ? { partitionBy: ['key'] } : {}),
    })
  }

  #look(): void {
    for (const watch of this.#state.watches.values()) {
      watch.look()
      this.problems.push(...watch.problems.splice(0))
    }
  }
}

function live(provider: string, role: SinkRole, object: unknown): SinkConnector {
  const id = `${provider}-${role}`
  return { kind: 'connector', provider, options: { id }, live: { id, object } }
}

function stepText(step: Step): string {
  return `${step.kind} ${step.path}${step.sync === undefined ? '' : step.sync ? ' (synced)' : ' (not synced)'}`
}

function errorText(error: unknown): string {
  const e = error as { readonly code?: string; readonly cause?: unknown }
  const cause = e.cause === undefined ? '' : ` ← ${errorText(e.cause)}`
  return `${e.code ?? (error as Error).stack ?? 'error'} ${messageOf(error)}${cause}`
}

async function withPatience<T>(promise: Promise<T>): Promise<T | string> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve('it hangs'), patienceMs)
  })
  try {
    return await Promise.race([promise, tooLong])
  } finally {
    clearTimeout(timer)
  }
}
