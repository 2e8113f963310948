import type { ErrorCode } from '../../common/error-codes.ts'
import { isMillraceError, messageOf } from '../../common/errors.ts'
import { type ProtocolRules, protocolRules } from '../../common/protocol-rules.ts'
import type { SinkConnector } from '../../session/connector.ts'
import { files } from '../../session/connectors/files.ts'
import { Session } from '../../session/session.ts'
import { addSinkProvider } from '../../sinks/registry.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import type { DirectoryNode } from '../simulation/simulated-disk.ts'
import { type CrashMode, SimulatedCrash, type Step, type StepHook } from '../simulation/simulated-crash.ts'
import { systemError } from '../simulation/system-error.ts'
import { type Program, SimulatedWorld } from '../simulation/simulated-world.ts'
import { checkEnd } from './check-end.ts'
import { copyOf, putBack } from './copy-directory.ts'
import { Deliveries, DeliveryClient, deliverySinkProvider } from './delivery-sink.ts'
import { External } from './external.ts'
import { addInputFile, changingFiles, type Serials } from './input-folder.ts'
import { type EndMode, type InputFile, type Job, probeFiles, type SinkRole } from './job.ts'
import { Fate, type Misfortune } from './misfortunes.ts'
import type { Mode } from './modes.ts'
import { directoryAt, OutputWatch } from './output-watch.ts'
import { type PreparedByToken, RecordingStores } from './recording-stores.ts'
import { places, startQuery } from './start-query.ts'
import { versionedModel } from './versioned-model.ts'
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
  /** The error with which the query refused to go on, rightly. */
  readonly stopped: string | null
  /** What is wrong; empty: nothing. */
  readonly problems: readonly string[]
  /** What happened, for people: one line per life and step. */
  readonly script: readonly string[]
}

export interface JobOptions {
  readonly rules?: Partial<ProtocolRules>
  readonly misfortune?: Misfortune | null
  /** Codes of errors that are a right answer to the misfortune. @default none */
  readonly mayStop?: Mode['mayStop']
  /** Codes of errors after which the query is started again. @default none */
  readonly mayFail?: readonly ErrorCode[]
}

interface Crash {
  readonly mode: EndMode
  readonly step: number
}

const zombies: readonly (Misfortune | null)[] = ['zombie', 'forked zombie']
/** How the loser of two processes may end. */
const zombieStops: readonly ErrorCode[] = ['CHECKPOINT_FENCED']
const forkedCheckpoint = '/forked'

/** A life that does not move for this long of real time has stopped for good. */
const patienceMs = 20_000

/** Runs a job: life after life with its crashes, then to the end without, then checks what is there. */
export async function runJob(job: Job, options: JobOptions = {}): Promise<JobResult> {
  const rules = { ...protocolRules, ...options.rules }
  const run = new JobRun(job, rules, options)
  await run.live()
  return { crashes: run.crashes, steps: run.steps, stopped: run.stopped, problems: run.problems, script: run.script }
}

class JobRun {
  readonly problems: string[] = []
  readonly script: string[] = []
  crashes = 0
  steps = 0
  stopped: string | null = null
  /** The last life came to a clean end. */
  #ended = true
  readonly #rules: ProtocolRules
  readonly #random: SeededRandom
  readonly #state: JobWorld
  readonly #options: JobOptions
  readonly #fate: Fate

  constructor(job: Job, rules: ProtocolRules, options: JobOptions) {
    this.#options = options
    this.#rules = rules
    this.#random = new SeededRandom(job.seed ^ 0x5bd1e995)
    const world = new SimulatedWorld({ seed: job.seed, startMs: 1_700_000_000_000, locked: !zombies.includes(options.misfortune ?? null) })
    const of = <T>(kind: string, make: (role: SinkRole) => T): Map<SinkRole, T> => new Map(job.sinks.filter(s => s.kind === kind).map(s => [s.role, make(s.role)]))
    this.#state = {
      job, world, prepared: new Map(), serials: { last: 0 }, arrived: [],
      watches: of('files', role => new OutputWatch(world.disk, places.sink(role))),
      tables: of('table', () => new Table()),
      deliveries: of('deliver', () => new Deliveries()),
    }
    this.#fate = new Fate(options.misfortune ?? null, this.#state, this.#random)
  }

  async live(): Promise<void> {
    const { job, world } = this.#state
    world.disk.makeDurableDirectory(places.input)
    const waiting = [...job.files]
    for (let life = 0; this.#goesOn; life++) {
      while (waiting.length > 0 && (waiting[0].arrival <= life || life > job.crashes.length)) await this.#arrive(waiting.shift() as InputFile)
      await world.clock.advance(this.#random.below(5000))
      const happened = life === 0 ? null : this.#fate.strike()
      if (happened !== null) this.script.push(happened)
      const planned = job.crashes.at(life)
      const crash = planned === undefined ? null : { mode: planned.mode, step: planned.step ?? Math.floor(planned.at * this.#expectedSteps()) }
      const once = this.#random.chance(job.onceShare) && life < job.crashes.length
      const begun = directoryAt(world.disk, places.checkpoint)?.entries.has('metadata') === true
      if (zombies.includes(this.#options.misfortune ?? null) && begun && life < job.crashes.length && this.#random.chance(0.6)) await this.#twoLives(life, crash)
      else await this.#life(life, crash, once)
      if (life >= job.crashes.length && waiting.length === 0) break
    }
    for (const files of probeFiles(job)) {
      if (!this.#goesOn) break
      for (const file of files) await this.#arrive(file)
      await this.#life(-1, null, false)
    }
    // The write that vanished may have been the very last one: what it left behind shows at the next start.
    if (this.#goesOn && this.#options.misfortune === 'dropped write') await this.#life(-1, null, false)
    if (this.problems.length === 0) this.problems.push(...checkEnd(this.#state, this.stopped !== null))
  }

  get #goesOn(): boolean {
    return this.problems.length === 0 && this.stopped === null
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

  async #life(life: number, crash: Crash | null, once: boolean): Promise<void> {
    const program = this.#state.world.start()
    this.script.push(`life ${life < 0 ? 'with probe' : life}${once ? ', trigger once' : ''}${crashText(crash)}`)
    program.process.onStep = step => this.#onStep(step, crash, '')
    const outcome = await withPatience(Promise.race([program.process.died, this.#program(program, { once, checkpoint: places.checkpoint })]))
    this.#ended = false
    this.steps += program.process.steps
    // A program that has ended holds nothing any more, whatever it could not close.
    if (program.process.alive) this.#state.world.crash('kill', program.process)
    if (outcome === 'kill' || outcome === 'power') this.#crashed(outcome)
    else if (outcome === null) this.#ended = true
    else if (crash !== null && isFailure(crash.mode) && program.process.steps > crash.step && !outcome.startsWith(untyped)) {
      this.crashes++
      this.script.push(`  ${outcome}`)
    }
    else if (this.#is(outcome, this.#options.mayStop)) this.stopped = outcome
    else if (this.#is(outcome, this.#options.mayFail)) {
      this.script.push(`  ${outcome}`)
      await this.#life(life, null, once)
    }
    else this.problems.push(`the query stopped: ${outcome}`)
    this.#look()
  }

  #is(outcome: string, codes: Mode['mayStop'] | undefined): boolean {
    return codes?.some(code => outcome.includes(code.includes(' ') ? code : `${code} `)) === true
  }

  /** Two processes at once; each sleeps now and then, between two of its steps, while the other goes on. */
  async #twoLives(life: number, crash: Crash | null): Promise<void> {
    const { world } = this.#state
    const forked = this.#options.misfortune === 'forked zombie'
    this.script.push(`life ${life}, of two processes${forked ? ', one on a copy of the checkpoint' : ''}${crashText(crash)}`)
    const copy = forked ? copyOf(world.disk, places.checkpoint) : undefined
    if (forked && copy !== undefined) putBack(world.disk, forkedCheckpoint, copy)
    if (forked && copy === undefined) return
    const programs = [world.start(), world.start()] as const
    const over = [false, false]
    const startOther = this.#random.below(40)
    let started = false
    const ends = programs.map(async (program, i) => {
      const other = programs[1 - i]
      program.process.onStep = step => {
        const answer = this.#onStep(step, i === 0 ? crash : null, i === 0 ? 'A ' : 'B ')
        if (i === 0 && !started && step.index >= startOther) started = true
        if (!over[1 - i] && started && this.#random.chance(0.15)) {
          other.process.resume()
          program.process.pause()
        }
        return answer
      }
      if (i === 1) other.process.died.then(() => program.process.resume(), () => undefined)
      const outcome = await withPatience(Promise.race([program.process.died, this.#program(program, { once: false, checkpoint: i === 1 && forked ? forkedCheckpoint : places.checkpoint })]))
      over[i] = true
      other.process.resume()
      return outcome
    })
    programs[1].process.pause()
    for (const [i, outcome] of (await Promise.all(ends)).entries()) {
      this.script.push(`  ${i === 0 ? 'A' : 'B'}: ${outcome ?? 'ended'}`)
      if (outcome === 'kill' || outcome === 'power') this.#crashed(outcome)
      else if (outcome !== null && !this.#is(outcome, [...zombieStops, ...(this.#options.mayStop ?? [])])) this.problems.push(`a query of two stopped: ${outcome}`)
    }
    if (forked && this.#random.chance(0.5)) {
      this.script.push('  the copy becomes the checkpoint')
      putBack(world.disk, places.checkpoint, copyOf(world.disk, forkedCheckpoint) as DirectoryNode)
    }
    this.#ended = false
    this.#look()
  }

  #onStep(step: Step, crash: Crash | null, who: string): ReturnType<StepHook> {
    this.#look()
    for (const table of this.#state.tables.values()) if (table.inFlight.length > 0 && this.#random.chance(0.2)) table.inFlight.shift()?.()
    this.script.push(`  ${who}${step.index} ${stepText(step)}`)
    if (step.index !== crash?.step) return undefined
    if (!isFailure(crash.mode)) throw new SimulatedCrash(crash.mode)
    this.script.push(`  it ${crash.mode === 'fail' ? 'fails' : 'takes effect and fails'}`)
    const error = systemError(this.#random.chance(0.5) ? 'EIO' : 'ENOSPC', step.kind, step.path)
    if (crash.mode === 'fail') throw error
    return { failAfter: error }
  }

  #crashed(mode: string): void {
    this.crashes++
    this.script.push(`  crash (${mode})`)
    if (mode === 'power') for (const watch of this.#state.watches.values()) watch.forgetNodes()
  }

  /** One process from its start to its clean end; answers what went wrong. */
  async #program(program: Program, options: { readonly once: boolean; readonly checkpoint: string }): Promise<string | null> {
    const { job, serials } = this.#state
    const ports = job.nondeterministic ? { ...program.ports, files: changingFiles(program.ports.files, places.input, serials) } : program.ports
    const store = new RecordingStores(program.stores, this.#state.prepared, () => this.#fate.dropsWrite())
    const session = await Session.start({ statePartitions: job.statePartitions, memoryBudgetBytes: 2 ** 30 }, { ports, store, rules: this.#rules })
    try {
      const model = job.scored ? await versionedModel(1 + this.#random.below(2)) : undefined
      const query = await startQuery(session, job, { ...options, model, connect: role => this.#connector(role, program) })
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

function crashText(crash: Crash | null): string {
  return crash === null ? '' : `, to crash (${crash.mode}) at step ${crash.step}`
}

function stepText(step: Step): string {
  return `${step.kind} ${step.path}${step.sync === undefined ? '' : step.sync ? ' (synced)' : ' (not synced)'}`
}

/** Before the text of an error that is none of ours: a user would not know what to do with it. */
const untyped = 'no typed error: '

function isFailure(mode: EndMode): mode is Exclude<EndMode, CrashMode> {
  return mode === 'fail' || mode === 'fail after'
}

function errorText(error: unknown): string {
  if (!isMillraceError(error)) return `${untyped}${(error as Error).stack ?? messageOf(error)}`
  return typedText(error)
}

function typedText(error: unknown): string {
  const e = error as { readonly code?: string; readonly cause?: unknown }
  const cause = e.cause === undefined ? '' : ` ← ${typedText(e.cause)}`
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
