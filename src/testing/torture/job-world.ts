import { SimulatedWorld } from '../simulation/simulated-world.ts'
import { Deliveries } from './delivery-sink.ts'
import type { Serials } from './input-folder.ts'
import type { InputFile, Job, SinkRole } from './job.ts'
import { OutputWatch } from './output-watch.ts'
import type { PreparedByToken } from './recording-stores.ts'
import { places } from './start-query.ts'
import { Table } from './table-sink.ts'

/** What a job has left behind: what the checks look at. */
export interface JobWorld {
  readonly job: Job
  readonly world: SimulatedWorld
  readonly prepared: PreparedByToken
  readonly watches: ReadonlyMap<SinkRole, OutputWatch>
  readonly tables: ReadonlyMap<SinkRole, Table>
  readonly deliveries: ReadonlyMap<SinkRole, Deliveries>
  /** File sinks that lost their log while files of its newest batch were still to be put into place: nobody can do that any more. */
  readonly unfinished: Set<SinkRole>
  readonly serials: Serials
  /** In the order in which they appeared. */
  readonly arrived: InputFile[]
}

/** The world of a job before its first life. */
export function makeJobWorld(job: Job, locked: boolean): JobWorld {
  const world = new SimulatedWorld({ seed: job.seed, startMs: 1_700_000_000_000, locked })
  world.disk.makeDurableDirectory(places.input)
  const of = <T>(kind: string, make: (role: SinkRole) => T): Map<SinkRole, T> => new Map(job.sinks.filter(s => s.kind === kind).map(s => [s.role, make(s.role)]))
  return {
    job, world, prepared: new Map(), unfinished: new Set(), serials: { last: 0 }, arrived: [],
    watches: of('files', role => new OutputWatch(world.disk, places.sink(role))),
    tables: of('table', () => new Table()),
    deliveries: of('deliver', () => new Deliveries()),
  }
}
