import type { Clock } from './clock.ts'
import type { Console } from './console.ts'
import type { FileSystem } from './file-system.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'

/** How the engine reaches the world. Production has the Node implementations, tests simulated ones. */
export interface Ports {
  readonly clock: Clock
  readonly files: FileSystem
  readonly random: Random
  readonly network: Network
  readonly console: Console
}
