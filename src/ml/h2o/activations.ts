import { notScored } from './errors.ts'

/** One layer's sums in place of its outputs; `at` is where the row begins in both, channels of a node stand together. */
export type Activation = (sums: Float64Array, nodes: number) => void

/** Maxout nodes have so many sums each. */
export const maxoutChannels = 2

export function isMaxout(name: string): boolean {
  return name.startsWith('Maxout')
}

/** The function of an activation that keeps `1 - dropout` of what it computes. The results are written to the front. */
export function activationOf(name: string, dropout: number): Activation {
  const plain = plainActivation(name.replace(/WithDropout$/, ''))
  if (!name.endsWith('WithDropout') || dropout <= 0) return plain
  const kept = 1 - dropout
  return (sums, nodes) => {
    plain(sums, nodes)
    for (let i = 0; i < nodes; i++) sums[i] *= kept
  }
}

function plainActivation(name: string): Activation {
  switch (name) {
    case 'Linear':
      return () => {}
    case 'Tanh':
      return (sums, nodes) => {
        for (let i = 0; i < nodes; i++) sums[i] = 1 - 2 / (1 + Math.exp(2 * sums[i]))
      }
    case 'Rectifier':
      return (sums, nodes) => {
        for (let i = 0; i < nodes; i++) sums[i] = 0.5 * (sums[i] + Math.abs(sums[i]))
      }
    case 'ExpRectifier':
      return (sums, nodes) => {
        for (let i = 0; i < nodes; i++) if (!(sums[i] >= 0)) sums[i] = Math.exp(sums[i]) - 1
      }
    case 'Maxout':
      return (sums, nodes) => {
        // A comparison rather than Math.max: the second channel wins against a first one that is not a number.
        for (let i = 0; i < nodes; i++) sums[i] = sums[2 * i] > sums[2 * i + 1] ? sums[2 * i] : sums[2 * i + 1]
      }
    case 'Softmax':
      return softmax
    default:
      throw notScored(`the activation "${name}"`, 'Tanh, Rectifier, ExpRectifier and Maxout are scored, with and without dropout.')
  }
}

function softmax(sums: Float64Array, nodes: number): void {
  let max = sums[0]
  for (let i = 0; i < nodes; i++) if (max < sums[i]) max = sums[i]
  let total = 0
  for (let i = 0; i < nodes; i++) total += sums[i] = Math.exp(sums[i] - max)
  for (let i = 0; i < nodes; i++) sums[i] /= total
}
