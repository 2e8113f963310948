import { LevelStoreProvider } from '../../checkpoint/level-store.ts'
import { nodePorts } from '../../common/node/node-ports.ts'
import type { Ports } from '../../common/ports.ts'
import { Session } from '../../session/session.ts'
import { ManualClock } from '../simulation/manual-clock.ts'
import { JournalingStores } from './stream/journal.ts'
import type { StreamWorld } from './stream/stream-run.ts'
import type { StreamVector } from './vector.ts'

/** The sessions that vectors run in: shared ones by time zone and executors, and one of its own for a vector that holds the clock. */
export class Worlds {
  readonly #stores = new JournalingStores(new LevelStoreProvider(nodePorts))
  readonly #shared = new Map<string, Promise<Session>>()

  get ports(): Ports {
    return nodePorts
  }

  session(executors: number, timeZone: string | undefined): Promise<Session> {
    const key = `${executors} ${timeZone ?? ''}`
    let session = this.#shared.get(key)
    if (session === undefined) this.#shared.set(key, (session = this.#start(executors, timeZone, undefined, nodePorts)))
    return session
  }

  /** Runs `use` in the world of one stream vector. */
  async withStreamWorld<T>(vector: StreamVector, executors: number, directory: string, use: (world: StreamWorld) => Promise<T>): Promise<T> {
    const stores = this.#stores
    if (!holdsClock(vector) && vector.options?.shufflePartitions === undefined) {
      return use({ session: await this.session(executors, vector.sessionTimeZone), ports: nodePorts, stores, clock: null, directory })
    }
    const clock = new ManualClock()
    const ports = { ...nodePorts, clock }
    const session = await this.#start(executors, vector.sessionTimeZone, vector.options?.shufflePartitions, ports)
    try {
      return await use({ session, ports, stores, clock, directory })
    } finally {
      await session.stop()
    }
  }

  async stop(): Promise<void> {
    for (const session of this.#shared.values()) await (await session).stop()
  }

  #start(executors: number, timeZone: string | undefined, partitions: number | undefined, ports: Ports): Promise<Session> {
    // Few partitions inline, and more than executors beside workers: the answer must not depend on either.
    const statePartitions = partitions ?? (executors === 0 ? 1 : executors + 1)
    return Session.start({ executors, timeZone: timeZone ?? 'UTC', statePartitions }, { ports, store: this.#stores })
  }
}

/** Whether time must stand still: the vector sets it, or files are looked for at intervals and must appear at once. */
function holdsClock(vector: StreamVector): boolean {
  const triggers = [vector.trigger, ...vector.steps.map(s => s.trigger)]
  return triggers.some(t => t?.kind === 'processingTime') || vector.steps.some(s => s.do === 'clock') || Object.values(vector.sources).some(s => s.kind === 'file')
}
