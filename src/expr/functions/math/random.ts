import { float64Type, int64Type, stringType } from '../../../columnar/data-type.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { EvalContext, FunctionEntry, Kernel } from '../../function-table.ts'
import { signature } from '../define.ts'

/**
 * Random values are a function of the batch's seed, the call's own seed and the row's position: a replay gives the same
 * ones, whatever the cut into record batches. Two calls with the same seed (or both without) give the same values;
 * seed them differently to make them independent.
 */
class RowRandom {
  #high = 0
  #low = 0

  /** The 64 bits of one row: two rounds of mixing over four 32-bit words. */
  at(seed: number, salt: number, row: number): this {
    const a = mix(seed ^ 0x9e3779b9)
    const b = mix(salt ^ a)
    const c = mix((row % 4294967296) ^ b)
    const d = mix(Math.floor(row / 4294967296) ^ c)
    this.#high = mix(d ^ 0x85ebca6b)
    this.#low = mix((d + 0x6d2b79f5) ^ c)
    return this
  }

  /** A double in [0, 1) with 53 random bits. */
  unit(): number {
    return ((this.#high >>> 5) * 67108864 + (this.#low >>> 6)) / 9007199254740992
  }

  get high(): number {
    return this.#high >>> 0
  }

  get low(): number {
    return this.#low >>> 0
  }
}

/** A mixing of 32 bits in which every input bit reaches every output bit. */
function mix(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The call's seed folded to 32 bits; a literal, so one look at the first row does. */
function saltOf(args: readonly Vector[]): number {
  if (args.length === 0 || args[0].length === 0) return 0
  const seed = (args[0].values as BigInt64Array)[0]
  return mix(Number(BigInt.asIntN(32, seed)) ^ Number(BigInt.asIntN(32, seed >> 32n)) ^ 1)
}

function randomKernel(draw: (random: RowRandom, context: EvalContext, salt: number, row: number) => number): Kernel {
  return (args, length, _validity, context) => {
    const out = new Float64Array(length)
    const random = new RowRandom()
    const salt = saltOf(args)
    for (let i = 0; i < length; i++) out[i] = draw(random, context, salt, context.firstRow + i)
    return new Vector(float64Type, length, null, out)
  }
}

const uniform = randomKernel((random, context, salt, row) => random.at(context.seed, salt, row).unit())

/** Box and Muller: two uniform values make one of the normal distribution. */
const normal = randomKernel((random, context, salt, row) => {
  const radius = Math.sqrt(-2 * Math.log(1 - random.at(context.seed, salt, row).unit()))
  return radius * Math.cos(2 * Math.PI * random.at(context.seed, salt ^ 0x2545f491, row).unit())
})

const uuidKernel: Kernel = (args, length, _validity, context) => {
  const out = new VectorBuilder(stringType, Math.max(8, length))
  const random = new RowRandom()
  const salt = saltOf(args) ^ 0x517cc1b7
  const hex = (n: number): string => n.toString(16).padStart(8, '0')
  for (let i = 0; i < length; i++) {
    const row = context.firstRow + i
    const first = random.at(context.seed, salt, row)
    const [a, b] = [hex(first.high), hex(first.low)]
    const second = random.at(context.seed, ~salt, row)
    const c = hex(((second.high & 0x3fffffff) | 0x80000000) >>> 0)
    out.appendString(`${a}-${b.slice(0, 4)}-4${b.slice(5)}-${c.slice(0, 4)}-${c.slice(4)}${hex(second.low)}`)
  }
  return out.finish()
}

function random(name: string, aliases: readonly string[], result: typeof float64Type | typeof stringType, kernel: Kernel, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [0, 1],
    usage: `${name}([seed: bigint]) -> ${result.kind === 'string' ? 'string' : 'double'}`,
    doc,
    nulls: 'own',
    safe: true,
    deterministic: false,
    resolve: args => signature([int64Type].slice(0, args.length), result, kernel),
  }
}

export const randomFunctions: readonly FunctionEntry[] = [
  random('rand', ['random'], float64Type, uniform, 'A random number from 0 to below 1; a replay of the batch gives the same one.'),
  random('randn', [], float64Type, normal, 'A random number of the standard normal distribution; a replay of the batch gives the same one.'),
  random('uuid', [], stringType, uuidKernel, 'A random UUID of version 4; a replay of the batch gives the same one.'),
]
