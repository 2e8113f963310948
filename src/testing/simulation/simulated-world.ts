import type { Console } from '../../common/console.ts'
import type { Network } from '../../common/network.ts'
import type { StoreProvider } from '../../checkpoint/key-value-store.ts'
import type { Ports } from '../../common/ports.ts'
import { ManualClock } from './manual-clock.ts'
import { SeededRandom } from './seeded-random.ts'
import type { CrashMode } from './simulated-crash.ts'
import { SimulatedDisk, type Unsynced } from './simulated-disk.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedStoreProvider } from './simulated-store.ts'

/** A process with what it needs of the world. */
export interface Program {
  readonly process: SimulatedProcess
  readonly ports: Ports
  readonly stores: StoreProvider
}

/**
 * A machine that can crash: a disk, a clock, and processes that come and go. The same seed gives the same world.
 *
 * ```ts
 * const world = new SimulatedWorld({ seed: 7 })
 * const program = world.start()
 * program.process.onStep = step => {
 *   if (step.index === 12) throw new SimulatedCrash('power')
 * }
 * await Promise.race([run(program.ports, program.stores), program.process.died])
 * await run(world.start().ports, …) // the restart finds what the crash left
 * ```
 */
export class SimulatedWorld {
  readonly clock: ManualClock
  readonly random: SeededRandom
  readonly disk: SimulatedDisk
  readonly #unsynced: Unsynced
  readonly #locked: boolean
  readonly #processes = new Set<SimulatedProcess>()

  constructor(options: {
    readonly seed: number
    readonly startMs?: number
    /** What a power loss leaves of unsynced changes. @default 'random' */
    readonly unsynced?: Unsynced
    /** False takes the lock of stores away. @default true */
    readonly locked?: boolean
  }) {
    this.random = new SeededRandom(options.seed)
    this.clock = new ManualClock(options.startMs)
    this.disk = new SimulatedDisk(this.random)
    this.#unsynced = options.unsynced ?? 'random'
    this.#locked = options.locked ?? true
  }

  start(): Program {
    const process: SimulatedProcess = new SimulatedProcess(mode => {
      this.crash(mode, process)
    })
    this.#processes.add(process)
    const clock = process.clock(this.clock)
    const files = new SimulatedFileSystem(this.disk, process, clock)
    const random = new SeededRandom(this.random.next())
    return { process, ports: { clock, files, random, network: noNetwork, console: silentConsole }, stores: new SimulatedStoreProvider(this.disk, process, this.#locked) }
  }

  /** Kills one process, or takes the power of all. */
  crash(mode: CrashMode, process: SimulatedProcess): void {
    if (mode === 'kill') {
      this.#processes.delete(process)
      process.die(mode)
      return
    }
    for (const each of this.#processes) each.die(mode)
    this.#processes.clear()
    this.disk.losePower(this.#unsynced)
  }
}

/** A simulated machine is connected to nothing. */
const noNetwork: Network = {
  async *connect(host, port) {
    throw refused(host, port)
  },
  openSocket({ host, port }) {
    throw refused(host, port)
  },
  async httpGet({ url }) {
    const { hostname, port } = new URL(url)
    throw refused(hostname, Number(port))
  },
}

function refused(host: string, port: number): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${host}:${port}`), { code: 'ECONNREFUSED' })
}

const silentConsole: Console = { write: () => undefined }
