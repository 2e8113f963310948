import type { Clock } from './clock.ts'
import type { FileSystem } from './file-system.ts'
import type { Random } from './random.ts'

/** How the engine reaches the world. Production has the Node implementations, tests simulated ones. */
export interface Ports {
  readonly clock: Clock
  readonly files: FileSystem
  readonly random: Random
}
