import type { Ports } from '../ports.ts'
import { nodeClock } from './node-clock.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { nodeRandom } from './node-random.ts'

export const nodePorts: Ports = Object.freeze({ clock: nodeClock, files: nodeFileSystem, random: nodeRandom })
