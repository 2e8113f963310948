import type { Ports } from '../ports.ts'
import { nodeClock } from './node-clock.ts'
import { nodeConsole } from './node-console.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { nodeNetwork } from './node-network.ts'
import { nodeRandom } from './node-random.ts'

export const nodePorts: Ports = Object.freeze({ clock: nodeClock, files: nodeFileSystem, random: nodeRandom, network: nodeNetwork, console: nodeConsole })
